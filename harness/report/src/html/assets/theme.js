// Light or dark: as the system has it, until the button says otherwise.
(() => {
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const isDark = () => chosen ?? system.matches;
  const show = () => {
    if (chosen !== null) document.documentElement.dataset.theme = chosen ? "dark" : "light";
    button.setAttribute("aria-pressed", String(isDark()));
  };
  button.addEventListener("click", () => {
    chosen = !isDark();
    show();
  });
  system.addEventListener("change", show);
  button.hidden = false;
  show();
})();
