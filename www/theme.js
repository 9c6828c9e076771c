// Sets the theme before the first paint, so that a dark page never flashes light. A classic script on purpose: it
// must run before the style sheet applies. The page writes `podhop.theme` as "light", "dark" or "auto".
(() => {
  let choice = "auto";
  try {
    choice = localStorage.getItem("podhop.theme") || "auto";
  } catch {
    // Storage may be forbidden; the system's preference is a good answer then.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
