// Turns a page that is clicked into one that is read, and lists its headings; run in the page before it is printed.
(async () => {
  const [LARGE, QUALITY] = [200_000, 0.85]; // characters of an image without loss; of JPEG, up to 1
  const [SHARE, HIGHEST] = [0.78, 480]; // of a figure's size on a screen, so that its letters are those of the text; pixels
  const LONG = 18; // lines of code that may be torn: kept whole, they would leave half a page empty
  document.documentElement.dataset.theme = "light";
  const article = document.querySelector(".bd-article") ?? document.body;

  // Hints and solutions come to the end, under the names of their exercises.
  const behind = document.createElement("section");
  behind.className = "solutions";
  behind.innerHTML = '<h2 id="hints-and-solutions">Hints and solutions</h2>';
  let exercise = null;
  for (const found of [...article.querySelectorAll("h3, details")]) {
    if (found.tagName === "H3") {
      exercise = found;
      continue;
    }
    const name = found.querySelector("summary")?.textContent.trim() ?? "";
    if (!/^(Hint \d+|A solution)$/.test(name)) continue;
    if (behind.dataset.exercise !== exercise.textContent) {
      behind.dataset.exercise = exercise.textContent;
      const title = document.createElement("h3");
      title.textContent = exercise.textContent.replace(/#$/, "").trim();
      behind.append(title);
    }
    const inside = document.createElement("div");
    found.querySelector("summary").remove();
    inside.append(...found.childNodes);
    // A hint is a sentence, which its name begins; a solution begins with code, over which its name stands.
    const label = Object.assign(document.createElement("strong"), { textContent: `${name}. ` });
    const begins = inside.firstElementChild;
    if (begins?.tagName === "P") begins.prepend(label);
    else inside.prepend(Object.assign(document.createElement("p"), { className: "label", innerHTML: label.outerHTML }));
    behind.append(inside);
    found.remove();
  }
  if (behind.dataset.exercise) article.append(behind);

  // What else is folded stands open, and the line that would unfold it is its title.
  for (const fold of article.querySelectorAll("details:not(.hide, .claims-checked)")) {
    const title = document.createElement("p");
    title.className = "label";
    title.append(...(fold.querySelector("summary")?.childNodes ?? []));
    fold.querySelector("summary")?.remove();
    fold.replaceWith(title, ...fold.childNodes);
  }
  for (const code of article.querySelectorAll("pre"))
    code.classList.toggle("long", code.textContent.trimEnd().split("\n").length > LONG);
  // Lines that cannot be opened: what they hold is printed once, for all chapters.
  for (const told of article.querySelectorAll("p"))
    told.innerHTML = told.innerHTML.replace(
      /open (?:a|the) lines? to see them/,
      'they stand in the <a href="../book/claims.html">claims</a>',
    );
  // The rows of one experiment repeat its description, machine and command.
  for (const table of article.querySelectorAll(".records-table table")) {
    const above = [];
    for (const row of table.tBodies[0].rows)
      [...row.cells].forEach((cell, column) => {
        const text = cell.textContent.trim();
        if (text.length > 12 && text === above[column]) cell.textContent = "″";
        above[column] = text;
      });
  }

  for (const image of article.querySelectorAll("img")) image.loading = "eager";
  const images = [...article.querySelectorAll("img")];
  await Promise.all(images.map((image) => image.decode().catch(() => {})));
  // Figures carry their size on a screen; one share of it for all keeps their letters equal and their proportions right.
  for (const image of images.filter((each) => each.hasAttribute("width") && each.hasAttribute("height"))) {
    const [width, height] = [Number(image.getAttribute("width")), Number(image.getAttribute("height"))];
    image.style.width = `${Math.round(width * Math.min(SHARE, HIGHEST / height))}px`;
    image.style.height = "auto";
  }
  // A PDF holds JPEG as it is and everything else without loss, which makes photographs large and leaves plots sharp.
  for (const image of images.filter(({ naturalWidth, src }) => naturalWidth && !src.endsWith(".svg"))) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const paint = canvas.getContext("2d");
    paint.fillStyle = "white";
    paint.fillRect(0, 0, canvas.width, canvas.height);
    paint.drawImage(image, 0, 0);
    if (canvas.toDataURL("image/png").length > LARGE) image.src = canvas.toDataURL("image/jpeg", QUALITY);
  }
  await Promise.all(images.map((image) => image.decode().catch(() => {})));
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;

  return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter((heading) => heading.checkVisibility())
    .map((heading) => {
      const words = heading.cloneNode(true);
      words.querySelectorAll(".headerlink").forEach((link) => link.remove());
      return {
        id: heading.id || heading.closest("section")?.id || "",
        title: words.textContent.trim(),
        level: Number(heading.tagName[1]),
      };
    });
})();
