"""OpenID Connect: authorization code with PKCE, discovery, back-channel logout; with Authlib."""
