// Where to draw the line: from which score on an answer is yes, and which images change sides.
import { array, bar, canvas, dot, element, note, picture, register, slider, start } from "./shared.js";

/**
 * What a threshold makes of scores.
 *
 * @param {{scores: number[], labels: number[], threshold: number}} input labels are 0 and 1; a score of the threshold
 *        or more is a yes.
 * @returns {{confusion: number[][], precision: number, recall: number}} rows are the truth, columns the answer, 0
 *          first; precision is NaN where nothing is answered yes, recall where there is nothing to find.
 */
export function compute({ scores, labels, threshold }) {
  const confusion = [
    [0, 0],
    [0, 0],
  ];
  scores.forEach((score, at) => {
    confusion[labels[at]][Number(score >= threshold)] += 1;
  });
  const [[, falseYes], [missed, found]] = confusion;
  return { confusion, precision: found / (found + falseYes), recall: found / (found + missed) };
}

register("threshold", compute);

export function mount(key, { scores, labels, names, images }) {
  start(key, (stage) => {
    const given = { scores: Array.from(array(scores).values), labels: Array.from(array(labels).values) };
    const state = { threshold: 0.5 };
    const pictures = images && array(images);
    const said = note(stage, "");
    const draw = canvas(stage, {
      label: `Two rows of dots, ${names[1]} above and ${names[0]} below, from score 0 to 1, and the threshold.`,
      ratio: () => 170,
      pointer(x, _, event) {
        if ((event.type !== "pointerdown" && !event.buttons) || Number.isNaN(x)) return;
        control.set(Math.max(0, Math.min(1, x)).toFixed(2));
        change(Number(control.input.value));
      },
      draw(context, width, height, { ink, mark, positive, negative, faint }) {
        const across = (score) => 8 + score * (width - 16);
        [1, 0].forEach((kind, line) => {
          context.fillStyle = ink;
          context.textAlign = "left";
          context.fillText(names[kind], 4, line * 80 + 10);
          context.textAlign = "center";
          given.scores.forEach((score, at) => {
            if (given.labels[at] !== kind) return;
            const right = score >= state.threshold === (kind === 1);
            context.fillStyle = right ? positive : negative;
            const y = line * 80 + 26 + ((at * 37) % 45);
            if (right) {
              context.beginPath();
              context.arc(across(score), y, 3.5, 0, 7);
              context.fill();
            } else {
              context.fillRect(across(score) - 3.5, y - 3.5, 7, 7);
            }
          });
        });
        context.strokeStyle = mark;
        context.lineWidth = 2;
        context.beginPath();
        context.moveTo(across(state.threshold), 0);
        context.lineTo(across(state.threshold), height);
        context.stroke();
        context.strokeStyle = faint;
        context.strokeRect(across(0), height - 4, across(1) - across(0), 1);
      },
    });
    const table = element("p");
    table.style.cssText = "margin: 0.3rem 0; font-variant-numeric: tabular-nums";
    const strip = element("div");
    strip.style.cssText = "display: flex; flex-wrap: wrap; gap: 4px; min-height: 52px";
    const moved = element("p", { textContent: "Images that changed sides at the last move, twelve at most:" });
    moved.style.visibility = "hidden"; // until there are some; the page must not jump then
    const percent = (share) => (Number.isNaN(share) ? "–" : `${Math.round(100 * share)}\u00a0%`);
    const change = (threshold) => {
      const before = state.threshold;
      state.threshold = threshold;
      const {
        confusion: [[no, wrongYes], [missed, found]],
        precision,
        recall,
      } = compute({ ...given, threshold });
      said.textContent = `Of the answers “${names[1]}”, ${percent(precision)} are right (precision); of all ${names[1]}, ${percent(recall)} are found (recall).`;
      table.textContent = `${found} ${names[1]} found, ${missed} missed; ${no} ${names[0]} left alone, ${wrongYes} taken for ${names[1]}. Squares are wrong.`;
      if (images && threshold !== before) sides(Math.min(before, threshold), Math.max(before, threshold));
      draw();
    };
    /** The images whose answer the last move has changed. */
    const sides = (least, most) => {
      const { shape, values } = pictures;
      const [, height, width, channels = 1] = shape;
      strip.replaceChildren();
      moved.style.visibility = "visible";
      given.scores.forEach((score, at) => {
        if (score < least || score >= most || at >= shape[0] || strip.childElementCount >= 12) return;
        const pixel = (place, channel) => values[(at * width * height + place) * channels + (channel % channels)];
        const sheet = picture(width, height, (data, from, place) =>
          dot(data, from, pixel(place, 0), pixel(place, 1), pixel(place, 2)),
        );
        sheet.setAttribute("role", "img");
        sheet.setAttribute("aria-label", `${names[given.labels[at]]}, score ${score.toFixed(2)}`);
        sheet.style.cssText = "width: 48px; height: 48px";
        strip.append(sheet);
      });
    };
    const controls = bar(stage);
    const control = slider(controls, {
      label: "threshold",
      min: 0,
      max: 1,
      step: 0.01,
      value: 0.5,
      show: (value) => value.toFixed(2),
      onInput: change,
    });
    stage.append(table);
    if (images) stage.append(moved, strip);
    change(0.5);
  });
}
