// How many neurons are shared by chance: the published law and two exact chance models (polygenesis.theory.collisions).

/** {law: n²/4m as published, slots: at most one feature a signed slot, occupancy: features thrown independently}. */
export function laws(n, m) {
  return {
    law: n * n / (4 * m),
    slots: n * (n - 1) / (2 * (2 * m - 1)),
    occupancy: m * (1 - 2 * (1 - 1 / (2 * m)) ** n + (1 - 1 / m) ** n),
  };
}
