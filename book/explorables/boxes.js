// Suppression: boxes lie on each other; which of them stay, and which are struck out by a surer one?
import { array, bar, canvas, choice, dot, element, note, picture, register, slider, start } from "./shared.js";

/**
 * What boxes share, and which of them are kept.
 *
 * @param {{boxes: number[][], scores: number[], iou_threshold: number}} input boxes are left, top, right, bottom; of
 *        two equal scores the box that comes first goes first.
 * @returns {{iou: number[][], kept: number[], by: number[]}} the IoU of each two; the indices that are kept, the
 *          highest score first; for each box the one that struck it out, −1 for a box that is kept.
 */
export function compute({ boxes, scores, iou_threshold }) {
  const area = ([left, top, right, bottom]) => (right - left) * (bottom - top);
  const iou = boxes.map((a) =>
    boxes.map((b) => {
      const width = Math.max(Math.min(a[2], b[2]) - Math.max(a[0], b[0]), 0);
      const height = Math.max(Math.min(a[3], b[3]) - Math.max(a[1], b[1]), 0);
      const shared = width * height;
      return shared / (area(a) + area(b) - shared);
    }),
  );
  const kept = [];
  const by = boxes.map(() => -1);
  const order = scores.map((_, at) => at).sort((one, other) => scores[other] - scores[one] || one - other);
  for (const at of order) {
    by[at] = kept.find((surer) => iou[surer][at] > iou_threshold) ?? -1;
    if (by[at] < 0) kept.push(at);
  }
  return { iou, kept, by };
}

register("boxes", compute);

const GRIP = 14; // pixels on the screen around the corner that is pulled
const LEAST = 8; // a box keeps some width and height

export function mount(key, { boxes, scores, image, iou_threshold = 0.5 }) {
  start(key, (stage) => {
    const back = array(image);
    const [height, width, channels = 1] = back.shape;
    const sheet = picture(width, height, (data, from, at) => {
      const pixel = (channel) => back.values[at * channels + (channel % channels)];
      dot(data, from, pixel(0), pixel(1), pixel(2));
    });
    const state = { boxes: boxes.map((box) => [...box]), scores: [...scores], iou_threshold, chosen: 0 };
    const letter = (at) => String.fromCharCode(65 + at);
    let held = null; // what the pointer has taken hold of
    const said = note(stage, "");

    /** Put the chosen box somewhere, whole and inside the image. */
    const put = (left, top, wide, high) => {
      const [w, h] = [Math.max(LEAST, Math.min(wide, width)), Math.max(LEAST, Math.min(high, height))];
      const [x, y] = [Math.max(0, Math.min(left, width - w)), Math.max(0, Math.min(top, height - h))];
      state.boxes[state.chosen] = [x, y, x + w, y + h].map(Math.round);
      change();
    };

    /** What lies at a point of the image: the corner of the chosen box, or the smallest box there. */
    const at = (x, y, reach) => {
      const [, , right, bottom] = state.boxes[state.chosen];
      if (Math.hypot(x - right, y - bottom) < reach) return { box: state.chosen, corner: true };
      const size = ([left, top, r, b]) => (r - left) * (b - top);
      const under = state.boxes
        .map((box, number) => ({ box, number }))
        .filter(({ box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3])
        .sort((one, other) => size(one.box) - size(other.box));
      if (!under.length) return null;
      const mine = under.find(({ number }) => number === state.chosen) ?? under[0];
      return { box: mine.number, corner: false };
    };

    const draw = canvas(stage, {
      label: "Boxes on an image: those that stay are solid, those that are struck out are dashed.",
      ratio: (across) => Math.min((across * height) / width, 460),
      pointer(x, y, event) {
        if (Number.isNaN(x) || (event.type === "pointermove" && !event.buttons)) {
          held = null;
          return;
        }
        const [px, py] = inImage(x, y);
        if (event.type === "pointerdown") {
          held = at(px, py, GRIP / scale());
          if (!held) return;
          const [left, top] = state.boxes[held.box];
          held.from = [px - left, py - top];
          if (event.isTrusted) event.target.setPointerCapture(event.pointerId);
          choose(held.box);
        }
        if (!held) return;
        const [left, top, right, bottom] = state.boxes[state.chosen];
        if (held.corner) put(left, top, Math.min(px, width) - left, Math.min(py, height) - top);
        else put(px - held.from[0], py - held.from[1], right - left, bottom - top);
      },
      draw(context, across, down, { mark }) {
        const by = scale();
        context.drawImage(sheet, shift(), 0, width * by, height * by);
        const { kept } = compute(state);
        const rank = (number) => (number === state.chosen ? 2 : Number(kept.includes(number)));
        const order = state.boxes.map((_, number) => number).sort((one, other) => rank(one) - rank(other));
        for (const number of order) {
          const [left, top, right, bottom] = state.boxes[number].map((side) => side * by);
          const stays = kept.includes(number);
          const x = left + shift();
          context.setLineDash(stays ? [] : [6, 5]);
          for (const [wide, colour] of [
            [stays ? 6 : 4, "#ffffff"],
            [stays ? 3 : 2, stays ? "#0061a8" : "#b34700"],
          ]) {
            context.lineWidth = wide;
            context.strokeStyle = colour;
            context.strokeRect(x, top, right - left, bottom - top);
          }
          context.setLineDash([]);
          const words = `${letter(number)} ${state.scores[number].toFixed(2)}${stays ? "" : " ✕"}`;
          const long = context.measureText(words).width + 8;
          const where = Math.min(x, across - long);
          const line = Math.max(0, top - 20);
          context.fillStyle = stays ? "#0061a8" : "#b34700";
          context.fillRect(where, line, long, 20);
          context.fillStyle = "#ffffff";
          context.textAlign = "left";
          context.fillText(words, where + 4, line + 10);
          if (number === state.chosen) {
            context.fillStyle = mark;
            context.strokeStyle = "#ffffff";
            context.fillRect(x + right - left - 6, bottom - 6, 12, 12);
            context.strokeRect(x + right - left - 6, bottom - 6, 12, 12);
          }
        }
      },
    });
    const frame = stage.querySelector("canvas");
    const scale = () => Math.min(frame.clientWidth / width, frame.clientHeight / height);
    const shift = () => (frame.clientWidth - width * scale()) / 2;
    const inImage = (x, y) => [(x * frame.clientWidth - shift()) / scale(), (y * frame.clientHeight) / scale()];
    // A finger on a box moves the box; beside the boxes it moves the page.
    frame.addEventListener(
      "touchstart",
      (event) => {
        const box = frame.getBoundingClientRect();
        const { clientX, clientY } = event.touches[0];
        const [x, y] = inImage((clientX - box.left) / box.width, (clientY - box.top) / box.height);
        if (event.cancelable && at(x, y, GRIP / scale())) event.preventDefault();
      },
      { passive: false },
    );

    const table = element("table");
    table.style.cssText =
      "border-collapse: collapse; margin: 0.5rem 0; font-size: 0.9em; font-variant-numeric: tabular-nums; width: auto";
    const change = () => {
      const { iou, kept, by } = compute(state);
      const [name, score] = [letter(state.chosen), state.scores[state.chosen].toFixed(2)];
      const surer = by[state.chosen];
      const fate =
        surer < 0
          ? `${name} (${score}) stays: no surer box that stays shares more than ${state.iou_threshold.toFixed(2)} with it.`
          : `${name} (${score}) is struck out: it shares ${iou[surer][state.chosen].toFixed(2)} with ${letter(surer)}, which goes first.`;
      said.textContent = `${kept.length} of ${iou.length} boxes stay: ${kept.map(letter).join(", ")}. ${fate}`;
      const cell = (tag, textContent) => {
        const made = element(tag, { textContent });
        made.style.cssText = "padding: 0.1rem 0.45rem; text-align: right; border: 0";
        return made;
      };
      const names = iou.map((_, number) => letter(number));
      const head = element("tr", {}, ...["IoU", ...names].map((text) => cell("th", text)));
      const lines = iou.map((line, row) => {
        const cells = line.map((value, column) => {
          const made = cell("td", row === column ? "–" : value.toFixed(2));
          if (row !== column && value > state.iou_threshold) made.style.fontWeight = "bold";
          return made;
        });
        return element("tr", {}, cell("th", letter(row)), ...cells);
      });
      table.replaceChildren(head, ...lines);
      const [left, top, right, bottom] = state.boxes[state.chosen];
      [left, top, right - left, bottom - top].forEach((value, part) => places[part].set(value));
      draw();
    };
    const choose = (number) => {
      state.chosen = number;
      list.value = number;
      sure.set(state.scores[number]);
      change();
    };
    const first = bar(stage);
    slider(first, {
      label: "IoU threshold",
      min: 0,
      max: 1,
      step: 0.05,
      value: iou_threshold,
      show: (value) => value.toFixed(2),
      onInput(value) {
        state.iou_threshold = value;
        change();
      },
    });
    const second = bar(stage);
    const list = choice(second, {
      label: "box",
      options: boxes.map((_, number) => [String(number), letter(number)]),
      value: "0",
      onInput: (value) => choose(Number(value)),
    });
    const sure = slider(second, {
      label: "score",
      min: 0,
      max: 1,
      step: 0.01,
      value: scores[0],
      show: (value) => value.toFixed(2),
      onInput(value) {
        state.scores[state.chosen] = value;
        change();
      },
    });
    const places = ["left", "top", "width", "height"].map((label, part) =>
      slider(second, {
        label,
        min: part < 2 ? 0 : LEAST,
        max: part % 2 ? height : width,
        value: 0,
        onInput(value) {
          const [left, top, right, bottom] = state.boxes[state.chosen];
          const next = [left, top, right - left, bottom - top];
          next[part] = value;
          put(...next);
        },
      }),
    );
    stage.append(table, element("p", { textContent: "Bold: more than the threshold. Drag a box, or its corner." }));
    change();
  });
}
