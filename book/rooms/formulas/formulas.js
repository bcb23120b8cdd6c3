// Formulas set by MathJax's own parts, without a browser. Python calls the two functions at the
// end; they answer in JSON, the one form in which every string comes through whole.

const parts = MathJax._;
const adaptor = parts.adaptors.liteAdaptor.liteAdaptor();
parts.handlers.html_ts.RegisterHTMLHandler(adaptor);

// What MathJax offers in a browser and in notebooks without being asked, but for what would let
// one formula change the next (\newcommand, \require) or hide an error (noundefined, noerrors).
const packages = [
  "base", "ams", "amscd", "bbox", "boldsymbol", "braket", "cancel", "cases", "centernot", "color",
  "enclose", "extpfeil", "gensymb", "mhchem", "textcomp", "unicode", "upgreek", "verb",
];
const input = new parts.input.tex_ts.TeX({
  packages,
  formatError: (_, error) => { throw error; },
});
const output = new parts.output.chtml_ts.CHTML({
  adaptiveCSS: true,
  font: new parts.output.chtml.fonts.tex_ts.TeXFont({ fontURL: "." }),
});
const page = parts.mathjax.mathjax.document("", { InputJax: input, OutputJax: output });
const visitor = new parts.core.MmlTree.SerializedMmlVisitor.SerializedMmlVisitor();

const EM = 16;
const EX = EM * output.font.params.x_height; // so that MathJax scales nothing: the style sheet does
const WIDTH = 80 * EM;

function typeset(tex, display) {
  try {
    const item = new page.options.MathItem(tex, input, display);
    item.start.node = adaptor.body(page.document);
    item.setMetrics(EM, EX, WIDTH, WIDTH, 1);
    item.convert(page);
    const box = output.getBBox(item, page);
    const container = item.typesetRoot;
    const seen = adaptor.firstChild(container);
    adaptor.setAttribute(seen, "aria-hidden", "true");
    const mathml = visitor.visitTree(item.root)
      .replace(/ (?:xmlns|data-mjx-[\w-]+)="[^"]*"/g, "")
      .replace(/>\s+</g, "><");
    return JSON.stringify({
      seen: adaptor.outerHTML(seen),
      mathml,
      width: box.w,
      height: box.h + box.d,
    });
  } catch (error) {
    return JSON.stringify({ error: error.message || String(error) });
  }
}

// The style of all that has been set since the last call: selectors with their declarations.
function styles() {
  output.styleSheet(page);
  const found = JSON.stringify(output.cssStyles.styles);
  output.clearCache();
  output.chtmlStyles = null; // or the next call would add to this style
  return found;
}
