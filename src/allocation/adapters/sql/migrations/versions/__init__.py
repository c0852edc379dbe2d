"""One numbered file per migration; a released migration is never changed."""
