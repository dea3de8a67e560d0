// The gradient on its way back through a deep chain: gain, activation and shortcuts decide whether it arrives.
import { array, bar, canvas, choice, note, register, slider, start, tick } from "./shared.js";

const ACTIVATIONS = {
  linear: [(x) => x, () => 1],
  relu: [(x) => Math.max(x, 0), (x) => Number(x > 0)],
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), (x) => Math.exp(-x) / (1 + Math.exp(-x)) ** 2],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
};

/**
 * The norm of the gradient of the sum of the last layer's activations with respect to each layer's input.
 *
 * A layer is activation(gain · W x), plus x itself where there are shortcuts.
 *
 * @param {{weights: number[][][], input: number[], gain: number, activation: string, shortcut: boolean}} given weights
 *        as (layers, units out, units in).
 * @returns {{norms: number[]}} the nearest to the input first.
 */
export function compute({ weights, input, gain, activation, shortcut }) {
  const [apply, slope] = ACTIVATIONS[activation];
  const sums = [];
  let signal = input;
  for (const layer of weights) {
    const before = layer.map((row) => gain * row.reduce((sum, weight, at) => sum + weight * signal[at], 0));
    sums.push(before);
    signal = before.map((sum, at) => apply(sum) + (shortcut ? signal[at] : 0));
  }
  let gradient = signal.map(() => 1);
  const norms = [];
  for (let at = weights.length - 1; at >= 0; at--) {
    const inner = gradient.map((value, unit) => value * slope(sums[at][unit]) * gain);
    gradient = input.map(
      (_, unit) =>
        inner.reduce((sum, value, out) => sum + value * weights[at][out][unit], 0) + (shortcut ? gradient[unit] : 0),
    );
    norms.unshift(Math.hypot(...gradient));
  }
  return { norms };
}

register("depth", compute);

/** A whole number as it stands in an exponent. */
const raised = (power) => String(power).replace(/[-\d]/g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));

export function mount(key, { weights, input }) {
  start(key, (stage) => {
    const {
      shape: [layers, out, units],
      values,
    } = array(weights);
    const stack = Array.from({ length: layers }, (_, layer) =>
      Array.from({ length: out }, (_, row) =>
        Array.from(values.subarray((layer * out + row) * units, (layer * out + row + 1) * units)),
      ),
    );
    const state = { weights: stack, input, gain: 1, activation: "sigmoid", shortcut: false, depth: layers };
    const said = note(stage, "");
    const norms = () => compute({ ...state, weights: stack.slice(0, state.depth) }).norms;
    const draw = canvas(stage, {
      label: "A bar for each layer, the first at the left: the size of the gradient there, in powers of ten.",
      ratio: (width) => Math.min(0.5 * width, 280),
      draw(context, width, height, { ink, faint, positive }) {
        const sizes = norms();
        const [low, high] = [-15, 6];
        const up = (power) => 10 + (height - 40) * (1 - (Math.max(low, Math.min(high, power)) - low) / (high - low));
        context.font = "13px system-ui, sans-serif";
        for (let power = low; power <= high; power += 3) {
          context.strokeStyle = faint;
          context.beginPath();
          context.moveTo(52, up(power));
          context.lineTo(width, up(power));
          context.stroke();
          context.fillStyle = ink;
          context.textAlign = "right";
          context.fillText(power ? `10${raised(power)}` : "1", 46, up(power));
        }
        context.textAlign = "center";
        const step = (width - 52) / sizes.length;
        context.fillStyle = positive;
        sizes.forEach((size, layer) => {
          const y = up(Math.log10(size || 1e-300));
          context.fillRect(52 + layer * step + 1, y, Math.max(step - 2, 1), height - 30 - y);
        });
        context.fillStyle = ink;
        context.fillText("first layer", 90, height - 12);
        context.fillText("last", width - 20, height - 12);
        const ratio = sizes[0] / sizes.at(-1);
        const power = Math.round(Math.log10(ratio));
        said.textContent =
          `First layer over last: about 10${raised(power)}. ` +
          (power < -3 ? "It vanishes: the first layers learn nothing." : power > 3 ? "It explodes." : "It arrives.");
      },
    });
    const change = (part) => (value) => {
      state[part] = value;
      draw();
    };
    const controls = bar(stage);
    choice(controls, {
      label: "activation",
      options: Object.keys(ACTIVATIONS),
      value: "sigmoid",
      onInput: change("activation"),
    });
    slider(controls, {
      label: "gain of the weights",
      min: 0.25,
      max: 5,
      step: 0.05,
      value: 1,
      show: (gain) => gain.toFixed(2),
      onInput: change("gain"),
    });
    slider(controls, { label: "layers", min: 2, max: layers, value: layers, onInput: change("depth") });
    tick(controls, { label: "shortcuts", onInput: change("shortcut") });
  });
}
