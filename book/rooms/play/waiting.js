// Waits for the reader's first gesture in a figure, and then loads what moves it. A button that is
// pressed before the script is there is pressed again when it is.
for (const figure of document.querySelectorAll(".ball-figure")) {
  const gestures = ["pointerover", "pointerdown", "focusin", "input", "click"];
  let pressed;
  const wait = ({ type, target }) => {
    if (type === "click") pressed = target.closest("button") ?? pressed;
    figure.loading ??= import(figure.dataset.script)
      .then(({ wake }) => {
        for (const name of gestures) figure.removeEventListener(name, wait);
        wake(figure);
        pressed?.click();
      })
      .catch((error) => {
        figure.querySelector("form").innerHTML =
          '<p role="alert">The balls could not start. Load the page again.</p>';
        throw error;
      });
  };
  for (const name of gestures) figure.addEventListener(name, wait, { passive: true });
}
