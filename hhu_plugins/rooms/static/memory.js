// Which view was open last, of which room or place: the page opens with it next time.

const YEAR = 365 * 24 * 3600;

export function remember(settings, parameters) {
  const text = encodeURIComponent(new URLSearchParams(parameters));
  document.cookie = `${settings.cookie}=${text}; path=${settings.urls.page}; max-age=${YEAR}; samesite=lax`;
}
