// Gradient descent on one weight: how far a step goes, and when it overshoots.
import { bar, button, canvas, note, register, slider, start } from "./shared.js";

/**
 * Steps of gradient descent with momentum on the loss (weight · x − y)², for one pair.
 *
 * @param {{start: number, rate: number, momentum: number, steps: number, x?: number, y?: number}} input
 * @returns {{path: number[], losses: number[]}} the weight at the start and after each step, and the loss there.
 */
export function compute({ start: begin, rate, momentum, steps, x = 2, y = 6 }) {
  const loss = (weight) => (weight * x - y) ** 2;
  const path = [begin];
  let velocity = 0;
  for (let step = 0; step < steps; step++) {
    const slope = 2 * x * (path.at(-1) * x - y);
    velocity = momentum * velocity - rate * slope;
    path.push(path.at(-1) + velocity);
  }
  return { path, losses: path.map(loss) };
}

register("descent", compute);

export function mount(key, { x, y, start: begin }) {
  start(key, (stage) => {
    const state = { start: begin, rate: 0.1, momentum: 0, steps: 4, x, y };
    const best = y / x;
    const reach = Math.max(Math.abs(begin - best) * 1.5, 1);
    const said = note(stage, "");
    const top = (reach * x) ** 2;
    const draw = canvas(stage, {
      label: "The loss over the weight, a bowl, with the steps of gradient descent on it.",
      ratio: (width) => Math.min(width * 0.55, 300),
      pointer(along, _, event) {
        if ((event.type !== "pointerdown" && !event.buttons) || Number.isNaN(along)) return;
        state.start = best + (along - 0.5) * 2 * reach;
        tell();
        draw();
      },
      draw(context, width, height, { ink, muted, faint, mark, positive }) {
        const across = (weight) => width * (0.5 + (weight - best) / (2 * reach));
        const up = (loss) => height - 26 - (height - 46) * Math.min(loss / top, 1.2);
        context.strokeStyle = muted;
        context.lineWidth = 2;
        context.beginPath();
        for (let step = 0; step <= 100; step++) {
          const weight = best + reach * (step / 50 - 1);
          context.lineTo(across(weight), up((weight * x - y) ** 2));
        }
        context.stroke();
        context.strokeStyle = faint;
        context.beginPath();
        context.moveTo(0, height - 26);
        context.lineTo(width, height - 26);
        context.stroke();
        context.fillStyle = ink;
        for (let tick = Math.floor(best - reach) + 1; tick < best + reach; tick++)
          context.fillText(String(tick), across(tick), height - 12);
        const { path, losses } = compute(state);
        context.strokeStyle = mark;
        context.setLineDash([4, 4]);
        context.beginPath();
        path.forEach((weight, step) => context.lineTo(across(weight), up(losses[step])));
        context.stroke();
        context.setLineDash([]);
        path.forEach((weight, step) => {
          context.fillStyle = step ? mark : positive;
          context.beginPath();
          context.arc(across(weight), up(losses[step]), step ? 5 : 7, 0, 7);
          context.fill();
        });
      },
    });
    const tell = () => {
      const { path, losses } = compute(state);
      const round = (number) =>
        Math.abs(number) < 1e4 ? String(Math.round(number * 1000) / 1000) : number.toExponential(1);
      said.textContent =
        `From ${round(path[0])}, ${state.steps} steps end at ${round(path.at(-1))}: loss ${round(losses[0])} → ${round(losses.at(-1))}. ` +
        (losses.at(-1) > losses[0] ? "It climbs: the rate is too large." : "Try a larger rate.");
    };
    const change = (part) => (value) => {
      state[part] = value;
      tell();
      draw();
    };
    const controls = bar(stage);
    const two = (value) => value.toFixed(2);
    slider(controls, {
      label: "learning rate",
      min: 0.01,
      max: 0.3,
      step: 0.01,
      value: state.rate,
      show: two,
      onInput: change("rate"),
    });
    slider(controls, {
      label: "momentum",
      min: 0,
      max: 0.95,
      step: 0.05,
      value: 0,
      show: two,
      onInput: change("momentum"),
    });
    slider(controls, { label: "steps", min: 1, max: 30, value: state.steps, onInput: change("steps") });
    button(controls, "begin again", () => change("start")(begin));
    tell();
  });
}
