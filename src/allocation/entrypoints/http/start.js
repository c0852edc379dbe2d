// Shows the API document on the page /docs. It is a file of its own, since the pages of this
// service run no inline scripts.
window.addEventListener("DOMContentLoaded", async () => {
  // In a browser session, every change needs the token of the session.
  const session = await (await fetch("/session")).json();
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-container",
    deepLinking: true,
    showExtensions: true,
    showCommonExtensions: true,
    requestInterceptor: (request) => {
      if (session.csrf_token) {
        request.headers["X-CSRF-Token"] = session.csrf_token;
      }
      return request;
    },
    validatorUrl: null, // the page asks no other host
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  });
});
