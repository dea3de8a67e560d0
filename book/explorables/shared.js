// What all explorables share: arrays from Python, a sharp canvas, controls with labels, and the page's own colours.

/** An array as labkit.course.explorables writes it: base64 of its bytes, with type and shape. */
export function array({ dtype, shape, data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const kinds = { uint8: Uint8Array, int8: Int8Array, int32: Int32Array, float32: Float32Array };
  const values = dtype === "float16" ? halves(new Uint16Array(bytes.buffer)) : new kinds[dtype](bytes.buffer);
  return { shape, values };
}

/** Numbers of half precision, which not every browser knows, as single precision. */
export function halves(codes) {
  return Float32Array.from(codes, (code) => {
    const sign = code & 0x8000 ? -1 : 1;
    const exponent = (code >> 10) & 0x1f;
    const fraction = code & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** A two-dimensional array as a list of rows. */
export function rows({ shape, values }) {
  const [height, width] = shape;
  return Array.from({ length: height }, (_, row) => Array.from(values.subarray(row * width, (row + 1) * width)));
}

/** Make a compute function known at once, so that it can be called before anything is drawn. */
export function register(name, compute) {
  window.labbook ??= { explorables: {} };
  window.labbook.explorables[name] = { compute };
}

/** Call back once the page has nothing more urgent to do, a second from now at the latest. */
function atRest(callback) {
  if (window.requestIdleCallback) requestIdleCallback(callback, { timeout: 1000 });
  else setTimeout(callback, 500);
}

/**
 * Mount every host of this key that has none yet; it holds the still picture until then.
 *
 * This is done when the page is at rest, before a host comes into view: a stage is seldom as high as its picture, and
 * what stands below it would move away from under the finger of a reader who has just jumped there. A host in a closed
 * fold has no width yet and waits until it is seen. What `mount` returns is called when the stage comes into view.
 */
export function start(key, mount) {
  for (const host of document.querySelectorAll(`[data-explorable="${key}"]`)) {
    if (host.dataset.started) continue;
    host.dataset.started = "yes";
    let stage, whenSeen;
    const begin = () => {
      if (stage) return;
      stage = element("div", { className: "explorable-stage" });
      Object.assign(stage.style, { maxWidth: "44rem", lineHeight: "1.4" });
      // JupyterLab's shortcuts would take the keys from a slider or a button: arrows go to another cell, D D deletes one.
      stage.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
      whenSeen = mount(stage, host);
      host.replaceChildren(stage);
    };
    atRest(() => host.clientWidth && begin());
    const seen = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        seen.disconnect();
        begin();
        whenSeen?.();
      },
      { rootMargin: "200px" },
    );
    seen.observe(host);
  }
}

/** An element with properties and children. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** A small picture: paint(data, from, at) writes red, green, blue and opacity of the pixel `at` from data[from] on. */
export function picture(width, height, paint) {
  const sheet = element("canvas", { width, height });
  const context = sheet.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let at = 0; at < width * height; at++) paint(pixels.data, 4 * at, at);
  context.putImageData(pixels, 0, 0);
  return sheet;
}

/** Write one pixel. */
export function dot(data, from, red, green = red, blue = red, opacity = 255) {
  data[from] = red;
  data[from + 1] = green;
  data[from + 2] = blue;
  data[from + 3] = opacity;
}

/** Colours: ink and paper are the page's own, the others can be told apart with any kind of colour vision. */
export function colours(host) {
  const ink = getComputedStyle(host).color;
  const [red, green, blue] = ink.match(/[\d.]+/g).map(Number);
  const dark = red + green + blue > 382; // light ink on dark paper
  return {
    ink,
    dark,
    faint: `rgba(${red}, ${green}, ${blue}, 0.18)`,
    muted: `rgba(${red}, ${green}, ${blue}, 0.72)`,
    mark: dark ? "#ffb454" : "#b34700",
    positive: dark ? "#7cc4ff" : "#0061a8",
    negative: dark ? "#ffb454" : "#b34700",
    paper: dark ? "#14181e" : "#ffffff",
  };
}

/** Call back when the page changes between light and dark. */
export function onTheme(callback) {
  new MutationObserver(callback).observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * A canvas that fills its host's width and is sharp on any screen.
 *
 * draw(context, width, height) is called with lengths in CSS pixels; `ratio` is height over width, or a function of
 * the width. The returned function draws again.
 */
export function canvas(host, { label, ratio, draw, pointer }) {
  const sheet = element("canvas");
  sheet.setAttribute("role", "img");
  sheet.setAttribute("aria-label", label);
  Object.assign(sheet.style, { width: "100%", display: "block", touchAction: pointer ? "pan-y" : "auto" });
  host.append(sheet);
  const again = () => {
    const width = sheet.clientWidth;
    if (!width) return;
    const height = Math.round(typeof ratio === "function" ? ratio(width) : width * ratio);
    const scale = window.devicePixelRatio || 1;
    sheet.style.height = `${height}px`;
    sheet.width = Math.round(width * scale);
    sheet.height = Math.round(height * scale);
    const context = sheet.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = "14px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    draw(context, width, height, colours(sheet));
  };
  new ResizeObserver(again).observe(sheet.parentElement);
  onTheme(again);
  if (pointer) {
    const tell = (event) => {
      const box = sheet.getBoundingClientRect();
      pointer((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, event);
    };
    for (const kind of ["pointerdown", "pointermove"]) sheet.addEventListener(kind, tell);
    sheet.addEventListener("pointerleave", (event) => pointer(NaN, NaN, event));
  }
  return again;
}

/** A row of controls that wraps on a phone. */
export function bar(host) {
  const row = element("div");
  Object.assign(row.style, {
    display: "flex",
    flexWrap: "wrap",
    gap: "0.4rem 1rem",
    alignItems: "center",
    margin: "0.5rem 0",
  });
  host.append(row);
  return row;
}

/** A slider with its label and value. */
export function slider(host, { label, min, max, step = 1, value, show = String, onInput }) {
  const input = element("input", { type: "range", min, max, step, value });
  Object.assign(input.style, { width: "9rem", minHeight: "2rem" });
  const told = element("output", { value: show(value) });
  told.style.cssText = "min-width: 2.5em; display: inline-block; font-variant-numeric: tabular-nums";
  input.addEventListener("input", () => {
    told.value = show(Number(input.value));
    onInput(Number(input.value));
  });
  const whole = element("label", {}, `${label} `, input, " ", told);
  whole.style.cssText = "display: inline-flex; align-items: center; gap: 0.4em";
  host.append(whole);
  return {
    input,
    set(next, limits = {}) {
      Object.assign(input, limits);
      input.value = next;
      told.value = show(Number(input.value));
    },
  };
}

/** A box to tick. */
export function tick(host, { label, value = false, onInput }) {
  const input = element("input", { type: "checkbox", checked: value });
  Object.assign(input.style, { width: "1.2rem", height: "1.2rem", verticalAlign: "-0.2rem" });
  input.addEventListener("input", () => onInput(input.checked));
  host.append(element("label", {}, input, ` ${label}`));
  return input;
}

/** A list to choose from: options are texts, or pairs of value and text. */
export function choice(host, { label, options, value, onInput }) {
  const select = element("select");
  for (const option of options) {
    const [key, text] = Array.isArray(option) ? option : [option, option];
    select.append(element("option", { value: key, textContent: text, selected: key === value }));
  }
  select.style.cssText = "font: inherit; min-height: 2rem; max-width: 100%";
  select.addEventListener("input", () => onInput(select.value));
  host.append(element("label", {}, `${label} `, select));
  return select;
}

/** A button. */
export function button(host, text, onClick) {
  const made = element("button", { type: "button", textContent: text });
  made.style.cssText = "font: inherit; min-height: 2rem; padding: 0 0.9em; cursor: pointer";
  made.addEventListener("click", onClick);
  host.append(made);
  return made;
}

/** A line of text that says what happens; screen readers hear its changes. */
export function note(host, text = "") {
  const line = element("p", { textContent: text });
  line.setAttribute("aria-live", "polite");
  line.style.cssText = "margin: 0.3rem 0; min-height: 1.4em";
  // It grows and does not shrink again, so that what is below holds still under the finger.
  new ResizeObserver(() => {
    line.style.minHeight = `${line.offsetHeight}px`;
  }).observe(line);
  host.append(line);
  return line;
}

/** Call step(now) sixty times a second while playing; a click on the button starts and stops it. */
export function player(host, step) {
  let playing = false;
  const frame = (now) => {
    if (!playing || !host.isConnected) return;
    step(now);
    requestAnimationFrame(frame);
  };
  const toggle = (on = !playing) => {
    if (on === playing) return;
    playing = on;
    control.textContent = playing ? "Pause" : "Play";
    if (playing) requestAnimationFrame(frame);
  };
  const control = button(host, "Play", () => toggle());
  return { toggle, playing: () => playing };
}
