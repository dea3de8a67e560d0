// A photograph of the reader's own: what the network calls it, and where it looked. The network and what runs it lie
// beside the published pages (book/_tools/photo_page.py) and are loaded at a click, not before.
import { bar, button, canvas, element, note, register, start } from "./shared.js";

const SIDE = 224; // the network's input
const KEPT = 7 / 8; // of the shorter side, as labkit.models.pretrained.preprocessing cuts it
const MOST = 2048; // a larger square is first made smaller by the browser, to spare the memory of a phone
// Every 32nd colour of inferno, the scale of labkit.plots.overlay.
const INFERNO = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
];

/** Something to say to the reader. */
class Told extends Error {}

/**
 * The most probable classes, and where the evidence for one of them lies.
 *
 * @param {{maps: ArrayLike<number>, logits: ArrayLike<number>, class: number, size: number}} input maps as (rows,
 *        columns, classes) in one row of numbers, as many rows as columns: what each position adds to each class.
 * @returns {{top: number[][], probability: number, map: number[][], peak: number}} five pairs of class and probability;
 *          probability and map of the class (of the first of the five if none is named), the map from 0 to 1 and enlarged
 *          to `size`; its peak before the division.
 */
export function compute({ maps, logits, class: chosen, size = SIDE }) {
  const scores = Array.from(logits);
  const highest = scores.reduce((one, other) => Math.max(one, other));
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power);
  const shares = powers.map((power) => power / total);
  const top = [...shares.entries()].sort(([, one], [, other]) => other - one).slice(0, 5);
  const asked = chosen ?? top[0][0];
  const rows = Math.sqrt(maps.length / scores.length);
  const evidence = Array.from({ length: rows * rows }, (_, at) => Math.max(maps[at * scores.length + asked], 0));
  const peak = evidence.reduce((one, other) => Math.max(one, other));
  return {
    top,
    probability: shares[asked],
    map: enlarged(
      evidence.map((value) => value / (peak || 1)),
      rows,
      size,
    ),
    peak,
  };
}

/** A square of values, bilinearly enlarged. */
function enlarged(values, rows, size) {
  const places = Array.from({ length: size }, (_, at) => {
    const place = Math.min(Math.max(((at + 0.5) * rows) / size - 0.5, 0), rows - 1);
    const before = Math.floor(place);
    return [before, Math.min(before + 1, rows - 1), place - before];
  });
  return places.map(([above, below, down]) =>
    places.map(([left, right, across]) => {
      const line = (row) => values[row * rows + left] * (1 - across) + values[row * rows + right] * across;
      return line(above) * (1 - down) + line(below) * down;
    }),
  );
}

register("photo", compute);

/** The central square of an image, as labkit cuts it: left, top and side. An image of the right size stays whole. */
function centre(width, height) {
  const exact = Math.min(width, height) * KEPT;
  const rounded = exact % 1 === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact); // of two as near the even one
  const side = width === SIDE && height === SIDE ? SIDE : Math.max(1, rounded);
  return [Math.floor((width - side) / 2), Math.floor((height - side) / 2), side];
}

/** Weights with which pixels go into each pixel of a smaller or larger row: Keys's cubic, wide enough to blur. */
function cubicWeights(from, to) {
  const cubic = (x) => (x >= 2 ? 0 : x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1);
  const scale = Math.max(from / to, 1);
  return Array.from({ length: to }, (_, at) => {
    const place = ((at + 0.5) * from) / to;
    const first = Math.max(Math.ceil(place - 2 * scale - 0.5), 0);
    const last = Math.min(Math.floor(place + 2 * scale - 0.5), from - 1);
    const weights = Array.from({ length: last - first + 1 }, (_, step) =>
      cubic(Math.abs(first + step + 0.5 - place) / scale),
    );
    const sum = weights.reduce((one, other) => one + other);
    return [first, weights.map((weight) => weight / sum)];
  });
}

/** A square of red, green, blue and opacity, 0 to 255, as red, green and blue of the network's size. */
export function resized(pixels, side) {
  if (side === SIDE)
    return Float32Array.from({ length: 3 * SIDE * SIDE }, (_, at) => pixels[4 * Math.floor(at / 3) + (at % 3)]);
  const weights = cubicWeights(side, SIDE);
  const narrow = new Float32Array(side * SIDE * 3);
  for (let row = 0; row < side; row++) {
    weights.forEach(([first, each], column) => {
      let [red, green, blue] = [0, 0, 0];
      for (let step = 0, at = 4 * (row * side + first); step < each.length; step++, at += 4) {
        red += each[step] * pixels[at];
        green += each[step] * pixels[at + 1];
        blue += each[step] * pixels[at + 2];
      }
      narrow.set([red, green, blue], 3 * (row * SIDE + column));
    });
  }
  const small = new Float32Array(SIDE * SIDE * 3);
  weights.forEach(([first, each], row) => {
    for (let at = 0; at < 3 * SIDE; at++) {
      let sum = 0;
      for (let step = 0; step < each.length; step++) sum += each[step] * narrow[3 * SIDE * (first + step) + at];
      small[3 * SIDE * row + at] = Math.min(Math.max(sum, 0), 255);
    }
  });
  return small;
}

/** What the network is fed, before it is normalized: the central square of an image, transparent parts on white. */
function fed(image, width, height) {
  const [left, top, side] = centre(width, height);
  const kept = Math.min(side, MOST);
  const context = Object.assign(document.createElement("canvas"), { width: kept, height: kept }).getContext("2d", {
    willReadFrequently: true,
  });
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, kept, kept);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, left, top, side, side, 0, 0, kept, kept);
  return resized(context.getImageData(0, 0, kept, kept).data, kept);
}

/** A file's image. Its colours are taken as they are, upright, as labkit reads them. */
async function decoded(file) {
  const name = `“${file.name}”`;
  if (file.type === "image/svg+xml")
    throw new Told(`${name} is a drawing made of lines (SVG), not a photograph. A JPEG, PNG or WebP file will do.`);
  try {
    return await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    const mark = String.fromCharCode(
      ...new Uint8Array(
        await file
          .slice(4, 12)
          .arrayBuffer()
          .catch(() => new ArrayBuffer(0)),
      ),
    );
    if (/^ftyp(he[iv][cmx]|m[is]f1)/.test(mark)) {
      throw new Told(
        `${name} is in HEIC, the format of some phones, which this browser does not read. Save it as JPEG first.`,
      );
    }
    throw new Told(`${name} cannot be read as an image. A JPEG, PNG or WebP file will do.`);
  }
}

/** The network, and the names of its classes, from beside the published pages. */
async function opened() {
  const root = document.documentElement.dataset.content_root;
  if (root === undefined)
    throw new Told(
      "This works in the published page of this chapter, where the network lies beside the page. Here the picture stands still.",
    );
  if (location.protocol === "file:") {
    throw new Told(
      "A browser loads no WebAssembly from a file on the disk, so here the picture stands still. It works in the published page, or from a server of your own: python -m http.server, started in the folder of the book.",
    );
  }
  const folder = new URL(`${root}_static/photo/`, location.href).href;
  const { missing, classes, litert } = await import(`${folder}index.js`);
  if (missing) throw new Told(missing);
  window.Module = { print() {}, printErr() {} }; // LiteRT.js would tell the console what it does
  await litert.loadLiteRt(folder);
  const compiled = await litert.loadAndCompile(`${folder}network.tflite`, { accelerator: "wasm" });
  const run = async (square) => {
    const input = new litert.Tensor(
      square.map((value) => (value - 127) / 128),
      [1, SIDE, SIDE, 3],
    );
    const given = await compiled.run(input);
    const outputs = Object.fromEntries(
      compiled.getOutputDetails().map(({ name }, at) => [name, given[at].toTypedArray()]),
    );
    [input, ...given].forEach((tensor) => tensor.delete());
    return outputs;
  };
  await run(new Float32Array(3 * SIDE * SIDE)); // the first run is slow
  return { classes, run };
}

/** The network is loaded once for all that is shown in a page. */
async function network() {
  window.labbook.photo ??= opened();
  try {
    return await window.labbook.photo;
  } catch (error) {
    window.labbook.photo = undefined;
    throw error instanceof Told
      ? error
      : new Told(
          `The network could not be loaded (${error.message ?? "the connection broke"}). Try again, or load the page anew.`,
        );
  }
}

const percent = (share) => (share < 0.01 ? "less than 1%" : `${Math.round(100 * share)}%`);

/** Red, green and blue as something that can be drawn; `shade` gives a pixel's colour from its own. */
function sheet(square, shade = (colour) => colour) {
  const made = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const context = made.getContext("2d");
  const pixels = context.createImageData(SIDE, SIDE);
  for (let at = 0; at < SIDE * SIDE; at++) {
    pixels.data.set([...shade([square[3 * at], square[3 * at + 1], square[3 * at + 2]], at), 255], 4 * at);
  }
  context.putImageData(pixels, 0, 0);
  return made;
}

/** The photograph in grey, with the more colour the stronger the map. */
function overlay(square, map) {
  const values = map.flat();
  return sheet(square, ([red, green, blue], at) => {
    const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
    const place = values[at] * (INFERNO.length - 1);
    const before = Math.min(Math.floor(place), INFERNO.length - 2);
    const weight = 0.8 * values[at];
    return INFERNO[before].map((channel, rgb) => {
      const colour = channel + (place - before) * (INFERNO[before + 1][rgb] - channel);
      return (1 - weight) * grey + weight * colour;
    });
  });
}

/** The still picture holds the chapter's photograph in its left half: the first to be looked at. */
export function mount(key) {
  start(key, (stage, host) => {
    const picture = host.querySelector("img");
    const state = { turn: 0, square: null, outputs: null, class: null, sheets: null };
    let classes = [];
    if (picture) stage.append(picture);
    const place = element("div", { hidden: true });
    stage.append(place);
    const said = note(stage, "");
    const controls = bar(stage);
    const begin = button(controls, "Try your own photograph", () => act(sample));
    const privacy = element("p", {
      textContent: "Your photograph stays in this page: it is sent nowhere. The click loads up to 17 MB, once.",
    });
    privacy.style.cssText = "margin: 0.3rem 0; font-size: 0.9em";
    stage.append(privacy);

    /** Let nothing that goes wrong be silent, and let only what was asked for last be shown. */
    const act = async (photograph) => {
      const turn = ++state.turn;
      said.textContent = classes.length ? "Looking…" : "Loading the network…";
      try {
        const { classes: names, run } = await network();
        if (!classes.length) {
          classes = names;
          furnish();
        }
        await look(turn, run, photograph);
      } catch (error) {
        if (turn === state.turn)
          said.textContent = error instanceof Told ? error.message : `That did not work: ${error.message}`;
      }
    };
    const look = async (turn, run, photograph) => {
      const square = await photograph();
      const began = performance.now();
      const outputs = await run(square);
      if (turn !== state.turn) return;
      Object.assign(state, { square, outputs, class: null });
      if (picture) picture.hidden = true;
      place.hidden = false;
      show(began);
    };
    const sample = async () => {
      await picture.decode();
      const [width, height] = [Math.floor(picture.naturalWidth / 2), picture.naturalHeight];
      return fed(picture, Math.max(width, 1), height);
    };
    const from = (file) => async () => {
      if (!file) throw new Told("That was no file. A JPEG, PNG or WebP file will do.");
      const bitmap = await decoded(file);
      const square = fed(bitmap, bitmap.width, bitmap.height);
      bitmap.close();
      return square;
    };

    const draw = canvas(place, {
      label:
        "Left the photograph, cut to a square; right the same in grey, with colours where the network found evidence for the class.",
      ratio: (width) => (width - 12) / 2,
      draw(context, width, height) {
        if (!state.sheets) return;
        context.imageSmoothingQuality = "high";
        state.sheets.forEach((each, at) => context.drawImage(each, at * (height + 12), 0, height, height));
      },
    });
    const list = element("ol");
    list.setAttribute("aria-label", "The five most probable classes");
    list.style.cssText = "list-style: none; margin: 0.5rem 0; padding: 0";
    const show = (began) => {
      const { top, probability, map, peak } = compute({ ...state.outputs, class: state.class });
      const chosen = state.class ?? top[0][0];
      state.sheets = [sheet(state.square), overlay(state.square, map)];
      draw();
      list.replaceChildren(
        ...top.map(([each, share]) => {
          const row = button(list, `${classes[each]}, ${percent(share)}`, () => ask(each));
          row.setAttribute("aria-pressed", String(each === chosen));
          row.style.cssText +=
            `; display: block; width: 100%; text-align: left; color: inherit; border: 1px solid currentcolor; margin-bottom: 0.2rem; font-weight: ${each === chosen ? 700 : 400};` +
            `background: linear-gradient(to right, rgba(128, 128, 128, 0.3) ${100 * share}%, transparent ${100 * share}%)`;
          return element("li", {}, row);
        }),
      );
      const [first, share] = top[0];
      const answer = `“${classes[first]}”, says the network, ${percent(share)} sure.`;
      const other = chosen === first ? "" : ` “${classes[chosen]}” has ${percent(probability)}.`;
      const where =
        peak > 0
          ? `What speaks most for “${classes[chosen]}” is yellow.`
          : `Nothing here speaks for “${classes[chosen]}”.`;
      said.textContent = `${answer}${other} ${where}`;
      const milliseconds = performance.now() - began;
      stage.dispatchEvent(
        new CustomEvent("looked", { bubbles: true, detail: { class: chosen, top, map, milliseconds } }),
      );
    };
    const ask = (chosen) => {
      state.class = chosen;
      show(performance.now());
    };

    /** What can be done once the network is there. */
    const furnish = () => {
      const focused = document.activeElement === begin;
      begin.remove();
      privacy.textContent =
        "The network sees a square from the middle. Your photograph stays in this page: it is sent nowhere.";
      const choose = (text, camera) => {
        const input = element("input", { type: "file", accept: "image/*", hidden: true });
        if (camera) input.setAttribute("capture", "environment");
        input.addEventListener("input", () => {
          if (input.files.length) act(from(input.files[0]));
          input.value = ""; // so that the same can be chosen again
        });
        controls.append(input);
        return button(controls, text, () => input.click());
      };
      const byFinger = matchMedia("(pointer: coarse)").matches;
      const first = choose(byFinger ? "Choose a photograph" : "Choose a photograph, or drop one here", false);
      if (focused) first.focus();
      if (byFinger) choose("Take one", true);
      const names = element("datalist", { id: `${key}-classes-${document.querySelectorAll("datalist").length}` });
      names.append(...classes.map((value) => element("option", { value })));
      const search = element("input", { type: "search", autocomplete: "off" });
      search.setAttribute("list", names.id);
      search.style.cssText = "font: inherit; min-height: 2rem; width: 14rem; max-width: 100%; box-sizing: border-box";
      search.addEventListener("change", () => {
        const wanted = search.value.trim().toLowerCase();
        if (!wanted || !state.outputs) return;
        const lower = classes.map((name) => name.toLowerCase());
        const found = [(name) => name === wanted, (name) => name.startsWith(wanted), (name) => name.includes(wanted)]
          .map((fits) => lower.findIndex(fits))
          .find((at) => at >= 0);
        if (found === undefined)
          said.textContent = `None of the ${classes.length.toLocaleString("en")} classes is called “${search.value}”.`;
        else ask(found);
      });
      stage.insertBefore(list, privacy);
      const more = bar(stage);
      more.append(element("label", {}, "what speaks for any other class ", search), names);
      stage.append(privacy);
    };
    stage.addEventListener("dragover", (event) => {
      event.preventDefault();
      stage.style.outline = "2px dashed";
    });
    stage.addEventListener("dragleave", () => {
      stage.style.outline = "";
    });
    stage.addEventListener("drop", (event) => {
      event.preventDefault();
      stage.style.outline = "";
      act(from(event.dataTransfer.files[0]));
    });
  });
}
