// Puts the pages of the site together into one document for paper.
//
// pdf.py opens edition.html and calls assemble. It prints, looks up on which page each part has
// fallen, and calls fillIn with what it found; the second print has true page numbers.

// A part of a page is named after its page as well, because each page may have its own #exercises.
const nameOf = (page, id) => (id ? `${page}--${id}` : page);

function make(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

// A link that tells the page it leads to. The numbers keep their place until fillIn knows them.
const withPage = (target, ...content) =>
  make("a", { href: `#${target}`, class: "with-page" }, ...content, make("span", { class: "page" }));

// What the site shows of a heading, without the sign that links to it.
function headingText(heading) {
  const copy = heading.cloneNode(true);
  for (const link of copy.querySelectorAll(".headerlink")) link.remove();
  return copy.textContent.trim();
}

// Puts the book together.
//
// book: its title, its language, its address (where it is published, empty if nowhere), a source
// (a sentence on where this copy comes from), and the names of its pages in their order.
async function assemble(book) {
  document.documentElement.lang = book.language;
  document.title = book.title;
  document.querySelector(".title").textContent = book.title;
  document.querySelector(".source").textContent = book.source;
  const articles = await Promise.all(book.pages.map((page) => read(page, book)));
  articles.forEach((article, number) => {
    document.querySelector("main").append(article);
    setRunningHead(article, number);
    list(article);
  });
  // Its title is the book's, which the title page has told.
  const first = document.querySelector("main h1");
  first.textContent = "About this book";
  document.querySelector("nav a").firstChild.textContent = first.textContent;
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode()));
}

async function read(page, book) {
  const answer = await fetch(`/${page}.html`);
  const site = new DOMParser().parseFromString(await answer.text(), "text/html");
  await Promise.all([...site.querySelectorAll("link[rel=stylesheet]")].map((link) => {
    return addSheet(new URL(link.getAttribute("href"), answer.url).pathname);
  }));
  if (page === book.pages[0]) {
    const description = site.querySelector("meta[name=description]");
    document.querySelector(".description").textContent = description?.content ?? "";
  }
  const article = document.adoptNode(site.querySelector("article.bd-article"));
  article.id = page;
  for (const element of article.querySelectorAll("[id]")) element.id = nameOf(page, element.id);
  leaveOut(article);
  unfold(article);
  for (const chart of article.querySelectorAll(".chart")) stopChart(chart, page, book);
  for (const image of article.querySelectorAll("img")) {
    image.src = new URL(image.getAttribute("src"), answer.url).pathname;
    image.loading = "eager";
  }
  for (const link of article.querySelectorAll("a[href]")) lead(link, answer.url, book);
  moveToTheEnd(article, page);
  return article;
}

// Adds a style sheet of the site, once, before that of the edition.
const sheets = new Map();

function addSheet(address) {
  if (!sheets.has(address)) {
    const link = make("link", { rel: "stylesheet", href: address });
    const loaded = new Promise((done, failed) => Object.assign(link, { onload: done, onerror: failed }));
    document.querySelector("link[href='edition.css']").before(link);
    sheets.set(address, loaded);
  }
  return sheets.get(address);
}

// Takes out what can only be clicked or heard.
function leaveOut(article) {
  const clicked = ".headerlink, .viewcode-link, .sd-btn, script, style, mjx-assistive-mml";
  for (const element of article.querySelectorAll(clicked)) element.remove();
  // A stub's checker answers whoever runs it.
  for (const output of article.querySelectorAll(".exercise ~ .cell .cell_output")) {
    if (output.textContent.trim().startsWith("Not attempted yet")) output.remove();
  }
}

// Opens what is folded, without its code: answers to guesses stay, checks of numbers go.
function unfold(article) {
  for (const details of article.querySelectorAll("details.hide")) {
    const isOutput = details.classList.contains("below-input");
    if (!isOutput) {
      for (const code of details.querySelectorAll(".cell_input")) code.remove();
      for (const check of details.querySelectorAll(".cell_output:not(:has(img))")) check.remove();
    }
    details.querySelector("summary").remove();
    details.replaceWith(...details.childNodes);
  }
  for (const cell of article.querySelectorAll(".cell")) {
    if (!cell.querySelector(".cell_input, .cell_output")) cell.remove();
  }
  for (const details of article.querySelectorAll("details.sd-dropdown")) {
    const title = details.querySelector(".sd-summary-text").textContent;
    const text = details.querySelector(".sd-summary-content");
    const box = make("div", { class: "opened" }, make("p", { class: "opened-title" }, title));
    box.append(...text.childNodes);
    details.replaceWith(box);
  }
}

// A chart becomes the picture of its first state, with a caption that says which state that is.
function stopChart(chart, page, book) {
  const image = chart.querySelector("img");
  const dials = [...chart.querySelectorAll("label:has(input[type=range])")].map((label) => {
    const [name, value] = ["span:first-child", ".chart-value"].map((part) => label.querySelector(part));
    return `${name.textContent.trim()} ${value.textContent.trim()}`;
  });
  const caption = make("figcaption", {}, `${image.alt} `);
  if (dials.length) caption.append(`Here, ${dials.join(", ")}. `);
  if (book.address) {
    const place = `${page}.html#${chart.id.slice(nameOf(page, "").length + 2)}`;
    caption.append(make("a", { href: `${book.address}/${place}` }, "Move it on the site."));
  }
  chart.replaceWith(make("figure", { class: "chart-on-paper", id: chart.id }, image, caption));
}

// Leads a link to the part of this document that it names, or else to the published site.
function lead(link, from, book) {
  const target = new URL(link.getAttribute("href"), from);
  if (target.origin !== new URL(from).origin) return;
  const page = decodeURIComponent(target.pathname).slice(1).replace(/\.html$/, "");
  if (book.pages.includes(page)) {
    link.setAttribute("href", `#${nameOf(page, decodeURIComponent(target.hash.slice(1)))}`);
  } else if (book.address) {
    link.setAttribute("href", book.address + target.pathname + target.hash);
  } else {
    link.removeAttribute("href");
  }
}

// Puts hints and solutions at the end of the chapter, and tells each exercise where they are.
function moveToTheEnd(article, page) {
  const sections = ["Hints", "Solutions"].map((title) => {
    const id = nameOf(page, title.toLowerCase());
    return make("section", { id }, make("h2", {}, title));
  });
  let exercise;
  for (const part of [...article.querySelectorAll(".exercise, .opened, .solution")]) {
    if (part.matches(".exercise")) {
      exercise = part;
      continue;
    }
    const title = part.firstElementChild;
    const isSolution = part.matches(".solution");
    if (!isSolution && !(exercise && /^Hint\b/.test(title.textContent))) continue;
    part.id ||= `${exercise.id}-${title.textContent.toLowerCase().replaceAll(" ", "-")}`;
    exercise ??= document.createElement("div"); // a solution to an exercise of another page
    let leads = exercise.querySelector(".leads");
    if (!leads) exercise.append((leads = make("p", { class: "leads" })));
    leads.append(withPage(part.id, isSolution ? "Solution" : title.textContent), " ");
    if (!isSolution) {
      const number = exercise.querySelector(".caption-number").textContent.trim();
      title.replaceChildren(withPage(exercise.id, `${number}, ${title.textContent.toLowerCase()}`));
    } else {
      const back = title.querySelector("a");
      back.classList.add("with-page");
      back.append(make("span", { class: "page" }));
    }
    sections[isSolution ? 1 : 0].append(part);
  }
  const filled = sections.filter((section) => section.children.length > 1);
  article.querySelector("section").append(...filled);
}

// Above each page stands the title of its chapter, which CSS has to be told for each.
function setRunningHead(article, number) {
  const title = headingText(article.querySelector("h1"));
  const style = make("style");
  style.textContent = `@page part${number} { @top-right { content: ${JSON.stringify(title)}; } }`;
  document.head.append(style);
  article.style.page = `part${number}`;
}

// Adds a page of the site, and its sections, to the contents.
function list(article) {
  const entry = (heading, id) => make("li", {}, withPage(id, headingText(heading)));
  const chapter = entry(article.querySelector("h1"), article.id);
  const sections = make("ol");
  for (const heading of article.querySelectorAll("section > h2")) {
    sections.append(entry(heading, heading.parentElement.id));
  }
  if (sections.children.length) chapter.append(sections);
  document.querySelector("nav ol").append(chapter);
}

// Writes the numbers of pages beside the links to them: pages holds the number for each name.
function fillIn(pages) {
  for (const place of document.querySelectorAll(".with-page > .page")) {
    const name = decodeURIComponent(place.parentElement.hash.slice(1));
    if (!(name in pages)) throw new Error(`nothing on paper is called ${name}`);
    place.textContent = pages[name];
  }
}
