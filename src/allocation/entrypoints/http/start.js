// Shows the API document on the page /docs. It is a file of its own, since the pages of this
// service run no inline scripts.
window.addEventListener("DOMContentLoaded", async () => {
  const answer = await fetch("/session");
  const token = answer.ok ? (await answer.json()).csrf_token : null; // null outside of a session
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-container",
    deepLinking: true,
    showExtensions: true,
    showCommonExtensions: true,
    validatorUrl: null, // the page asks no other host
    requestInterceptor: (request) => {
      if (token !== null && new URL(request.url, location.href).origin === location.origin) {
        request.headers["X-CSRF-Token"] = token;
      }
      return request;
    },
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  });
});
