// Real numbers as a few bits: where they come to lie, and how far each has moved.
import { array, bar, canvas, note, register, slider, start, tick } from "./shared.js";

/**
 * Round real numbers to integers of a few bits, as labkit's `quantize_array` does.
 *
 * @param {{values: number[], bits: number, symmetric: boolean}} input
 * @returns {{scale: number, zero_point: number, codes: number[], error: number}} error is the largest distance between
 *          a number and what its code stands for.
 */
export function compute({ values, bits, symmetric }) {
  let least = -(2 ** (bits - 1));
  const steps = 2 ** bits - 1;
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [0, 0]);
  let [scale, zero] = [1, 0];
  if (symmetric) {
    scale = Math.max(-low, high) / Math.floor(steps / 2) || 1;
    least += 1;
  } else {
    scale = (high - low) / steps || 1;
    zero = toEven(least - low / scale);
  }
  const most = -(2 ** (bits - 1)) + steps;
  const codes = values.map((value) => Math.max(least, Math.min(most, toEven(value / scale) + zero)));
  const error = Math.max(...values.map((value, at) => Math.abs(value - scale * (codes[at] - zero))));
  return { scale, zero_point: zero, codes, error };
}

/** The nearest whole number; of two as near, the even one. */
function toEven(number) {
  const down = Math.floor(number);
  const rest = number - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 ? down + 1 : down;
}

register("quantize", compute);

export function mount(key, { values }) {
  start(key, (stage) => {
    const numbers = Array.from(array(values).values);
    const state = { values: numbers, bits: 4, symmetric: false };
    const said = note(stage, "");
    const draw = canvas(stage, {
      label: "Above, how the weights are spread; below, the few values that are left, with how many weights each has.",
      ratio: (width) => Math.min(0.55 * width, 300),
      draw(context, width, height, { ink, faint, positive, mark }) {
        const { scale, zero_point: zero, codes, error } = compute(state);
        const [low, high] = [Math.min(...numbers, 0), Math.max(...numbers, 0)];
        const across = (value) => 10 + ((value - low) / (high - low || 1)) * (width - 20);
        const half = height / 2 - 14;
        const bars = (places, base, colour, wide) => {
          const counts = new Map();
          for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
          const most = Math.max(...counts.values());
          context.fillStyle = colour;
          for (const [place, count] of counts)
            context.fillRect(
              across(place) - wide / 2,
              base - (count / most) * (half - 8),
              wide,
              (count / most) * (half - 8),
            );
        };
        const bin = (high - low || 1) / 80;
        bars(
          numbers.map((value) => low + (Math.floor((value - low) / bin) + 0.5) * bin),
          half,
          positive,
          Math.max((width - 20) / 80 - 1, 1),
        );
        bars(
          codes.map((code) => scale * (code - zero)),
          2 * half + 6,
          mark,
          3,
        );
        context.strokeStyle = faint;
        context.beginPath();
        for (const y of [half, 2 * half + 6]) {
          context.moveTo(0, y);
          context.lineTo(width, y);
        }
        context.stroke();
        context.fillStyle = ink;
        context.fillText("0", across(0), height - 10);
        const used = new Set(codes).size;
        said.textContent = `${state.bits} bits: ${2 ** state.bits} integers, ${used} of them used; scale ${scale.toPrecision(3)}, zero point ${zero}. No weight moves by more than ${error.toPrecision(2)}.`;
      },
    });
    const change = (part) => (value) => {
      state[part] = value;
      draw();
    };
    const controls = bar(stage);
    slider(controls, { label: "bits", min: 2, max: 8, value: 4, onInput: change("bits") });
    tick(controls, { label: "symmetric", onInput: change("symmetric") });
  });
}
