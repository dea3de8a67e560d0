// A kernel slides along a signal: products, their sum, and the output that grows.
import { bar, canvas, note, player, register, slider, start, still, tick } from "./shared.js";

/**
 * What happens at one position, and the whole output, without padding.
 *
 * @param {{signal: number[], kernel: number[], flip: boolean, position: number}} input
 * @returns {{products: number[], sum: number, output: number[]}}
 */
export function compute({ signal, kernel, flip, position }) {
  const weights = flip ? [...kernel].reverse() : kernel;
  const at = (place) => weights.map((weight, offset) => weight * signal[place + offset]);
  const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
  const output = Array.from({ length: signal.length - kernel.length + 1 }, (_, place) => total(at(place)));
  const products = at(position);
  return { products, sum: total(products), output };
}

register("slide", compute);

export function mount(key, { signal, kernel }) {
  start(key, (stage) => {
    const last = signal.length - kernel.length;
    const state = { position: 0, flip: false, shown: 0 };
    const said = note(stage, "Watch one sum at a time. Pause, and drag the kernel.");
    const show = (number) => String(Math.round(number * 100) / 100);
    const draw = canvas(stage, {
      label: "A signal in a row of cells; below it the kernel at its position, the products, and the output so far.",
      ratio: (width) => Math.max(250, Math.min(300, width * 0.45)),
      pointer: (x, _, event) => {
        if (event.type === "pointermove" && !event.buttons) return;
        if (Number.isNaN(x)) return;
        play.toggle(false);
        move(Math.round(x * signal.length - kernel.length / 2));
      },
      draw(context, width, height, { ink, faint, muted, mark, positive, paper }) {
        const { products, sum, output } = compute({ signal, kernel, ...state });
        const weights = state.flip ? [...kernel].reverse() : kernel;
        const side = Math.min(width / signal.length, 58);
        const left = (width - side * signal.length) / 2;
        const row = height / 5;
        context.font = `${Math.max(12, Math.min(17, side * 0.36))}px system-ui, sans-serif`;
        const cell = (column, line, text, { edge = faint, fill = "", colour = ink } = {}) => {
          const [x, y] = [left + column * side, line * row + 4];
          if (fill) {
            context.fillStyle = fill;
            context.fillRect(x + 1, y, side - 2, row - 10);
          }
          context.strokeStyle = edge;
          context.lineWidth = edge === faint ? 1 : 2;
          context.strokeRect(x + 1, y, side - 2, row - 10);
          context.fillStyle = colour;
          context.fillText(text, x + side / 2, y + (row - 10) / 2);
        };
        signal.forEach((number, column) => {
          const inside = column >= state.position && column < state.position + kernel.length;
          cell(column, 0, show(number), { edge: inside ? mark : faint });
        });
        weights.forEach((weight, offset) => {
          cell(state.position + offset, 1, show(weight), { edge: mark, colour: mark });
          cell(state.position + offset, 2, show(products[offset]), { colour: muted });
        });
        const middle = left + (state.position + kernel.length / 2) * side;
        context.fillStyle = ink;
        const text = `${products.map(show).join(" + ").replaceAll("+ -", "− ")} = ${show(sum)}`;
        const half = context.measureText(text).width / 2;
        context.fillText(text, Math.min(Math.max(middle, half + 2), width - half - 2), 3 * row + row / 2 - 4);
        output.forEach((number, place) => {
          const known = place <= state.shown;
          const now = place === state.position;
          cell(place + (kernel.length - 1) / 2, 4, known ? show(number) : "", {
            edge: now ? mark : faint,
            fill: now ? positive : "",
            colour: now ? paper : ink,
          });
        });
      },
    });
    const controls = bar(stage);
    const move = (position) => {
      state.position = Math.max(0, Math.min(last, position));
      state.shown = Math.max(state.shown, state.position);
      place.set(state.position);
      draw();
      if (!play.playing())
        said.textContent = `Position ${state.position}: the sum is ${show(compute({ signal, kernel, ...state }).sum)}.`;
    };
    let before = 0;
    const play = player(controls, (now) => {
      if (now - before < 900) return;
      before = now;
      move(state.position < last ? state.position + 1 : 0);
    });
    const place = slider(controls, {
      label: "position",
      min: 0,
      max: last,
      value: 0,
      onInput(position) {
        play.toggle(false);
        move(position);
      },
    });
    tick(controls, {
      label: "flip the kernel (convolution)",
      onInput(flip) {
        state.flip = flip;
        move(state.position);
      },
    });
    return () => still() || play.toggle(true);
  });
}
