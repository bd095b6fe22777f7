// Addresses of views: #/user/196?like=50 is the view "user" with the parts ["196"] and the query like=50.

/** Return the place that an address names; null if it is damaged. */
export function placeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  try {
    const [view = "", ...parts] = path.split("/").map(decodeURIComponent);
    return { view: view || "overview", parts: parts.filter((part) => part !== ""), query: new URLSearchParams(query) };
  } catch {
    return null;
  }
}

/** Return the address of a view. */
export function link(view, parts = [], query = null) {
  const path = [view === "overview" ? "" : view, ...parts].map(encodeURIComponent).join("/");
  const asked = query ? new URLSearchParams(query).toString() : "";
  return `#/${path}${asked ? `?${asked}` : ""}`;
}

/** Go to a view; `replace` leaves the present address out of the history. */
export function go(view, parts = [], query = null, replace = false) {
  const to = link(view, parts, query);
  if (replace) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = to;
  }
}
