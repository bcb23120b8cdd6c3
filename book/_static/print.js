// Paper is white: print in the light theme, whatever is on the screen.
{
  const page = document.documentElement;
  let shown;

  addEventListener("beforeprint", () => {
    shown ??= page.dataset.theme;
    page.dataset.theme = "light";
  });

  addEventListener("afterprint", () => {
    page.dataset.theme = shown;
    shown = undefined;
  });
}
