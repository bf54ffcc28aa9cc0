"""What theory predicts: numbers in, numbers out, each with the regime where it holds and its source."""

from polygenesis.theory.arguments import Clock
from polygenesis.theory.capacity import (
    CLUSTERS,
    Accounting,
    Cluster,
    accounting,
    forced_neurons,
    incidental_excess,
    least_known_loss,
    loss_at_rest,
    unplaced_features,
)
from polygenesis.theory.clocks import convert_penalty, convert_time
from polygenesis.theory.collisions import (
    colliding_pairs,
    occupancy_model,
    occupancy_moments,
    polysemantic_neurons,
    slot_model,
)
from polygenesis.theory.counts import CountLaw
from polygenesis.theory.crowding import crowded_slots, crowding
from polygenesis.theory.finishing import finishing_time, finishing_times
from polygenesis.theory.interference import (
    gram_eigenvalue,
    largest_overlap,
    mean_largest_overlap,
    mean_positive_overlap,
    overlap_density,
    overlap_tail,
    rectified_gram_eigenvalue,
    start_overlap,
)
from polygenesis.theory.mitigation import (
    EQUAL_REPULSION,
    noise_reward,
    pruned_share,
    redrawn_shared,
    silent_features,
    unused_neurons,
)
from polygenesis.theory.noise import (
    EXCESS_KURTOSIS,
    excess_kurtosis,
    projected_kurtosis,
    random_row_fourth_norm,
    random_row_fourth_norm_variance,
)
from polygenesis.theory.prediction import PAPER, Prediction
from polygenesis.theory.sparsification import certain_death, l1_norm, squared_norm, surviving_entries
from polygenesis.theory.untied import unlit_features, unlit_share, untied_leaders
from polygenesis.theory.winners import (
    Relaxed,
    Winners,
    assignment,
    fit_sharpness,
    hurried_race,
    leaders,
    relaxation,
    shared_chances,
    slot_chances,
)

__all__ = [
    "CLUSTERS",
    "EQUAL_REPULSION",
    "EXCESS_KURTOSIS",
    "PAPER",
    "Accounting",
    "Clock",
    "Cluster",
    "CountLaw",
    "Prediction",
    "Relaxed",
    "Winners",
    "accounting",
    "assignment",
    "certain_death",
    "colliding_pairs",
    "convert_penalty",
    "convert_time",
    "crowded_slots",
    "crowding",
    "excess_kurtosis",
    "finishing_time",
    "finishing_times",
    "fit_sharpness",
    "forced_neurons",
    "gram_eigenvalue",
    "hurried_race",
    "incidental_excess",
    "l1_norm",
    "largest_overlap",
    "leaders",
    "least_known_loss",
    "loss_at_rest",
    "mean_largest_overlap",
    "mean_positive_overlap",
    "noise_reward",
    "occupancy_model",
    "occupancy_moments",
    "overlap_density",
    "overlap_tail",
    "polysemantic_neurons",
    "projected_kurtosis",
    "pruned_share",
    "random_row_fourth_norm",
    "random_row_fourth_norm_variance",
    "rectified_gram_eigenvalue",
    "redrawn_shared",
    "relaxation",
    "shared_chances",
    "silent_features",
    "slot_chances",
    "slot_model",
    "squared_norm",
    "start_overlap",
    "surviving_entries",
    "unlit_features",
    "unlit_share",
    "unplaced_features",
    "untied_leaders",
    "unused_neurons",
]
