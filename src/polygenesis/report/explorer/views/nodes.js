// One sentence on a feature or a neuron at a frame, for tips and for readers who cannot see the picture.
import { signed } from "./words.js";

const FEATURE_STATES = ["dead: all its weights are gone", "still spread over several neurons", "settled"];

export function featureText(story, feature, frame) {
  const census = story.census(frame);
  const leader = census.leader[feature];
  if (leader < 0) return `feature ${feature}: ${FEATURE_STATES[0]}`;
  const weight = story.frame(frame)[feature * story.m + leader];
  return `feature ${feature}: ${FEATURE_STATES[census.settled[feature]]}; largest weight ${signed(weight, 2)} on neuron ${leader}`;
}

export function neuronText(story, neuron, frame) {
  const { features, kind } = story.census(frame).neurons[neuron];
  if (features.length === 0) return `neuron ${neuron}: no feature has its largest weight here`;
  const carried = features.map(({ feature, weight }) => `${feature} (${signed(weight, 2)})`).join(", ");
  return `neuron ${neuron}: feature${features.length > 1 ? "s" : ""} ${carried}${kind === "single" ? "" : ` – ${kind}`}`;
}
