// Small things that the charts and boards share.

export const byId = (id) => document.getElementById(id);

/** Do something once the window has another width: on phones its height changes with every scroll. */
export function onWidth(action) {
  let [timer, width] = [0, innerWidth];
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    if (innerWidth === width) return;
    timer = setTimeout(() => {
      width = innerWidth;
      action();
    }, 100);
  });
}

/** Hand a file to the browser to keep. */
export function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Some browsers read it only after the click has been dealt with.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Do something whenever the page turns light or dark: what is drawn on a canvas has to be drawn anew. */
export function onTheme(action) {
  new MutationObserver(action).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
