"""Gradient flow of the tied autoencoder with one-hot features, in three phases and to a certificate.

| phase             | method (order, stages)       | stable to            | error from     | controller  | file        |
|-------------------|------------------------------|----------------------|----------------|-------------|-------------|
| dense: transient, | Adams–Bashforth–Moulton      | h ρ = .5             | correction     | cube root   | dense       |
| fast contests     | predictor–corrector (3, 1)   |                      |                |             |             |
| dense: slow phase | Runge–Kutta–Legendre (2, s)  | h ρ = s²/2 + s/2 − 1 | both forces    | cube root   | dense       |
| few weights live  | extrapolated Euler (2, 1)    | h = .35              | force's change | square root | active_set  |
|                   | Euler (1, 1)                 | h = .74              | force's change | square root | active_set  |
|                   | Runge–Kutta–Chebyshev (1, s) | h ρ = 1.9 s²         | force's change | square root | active_set  |
| at rest           | none: weights in float64     |                      |                |             | certificate |

ρ is the fastest rate: estimated by power iteration on W Wᵀ while dense, bounded by 2.5 by active set. The penalty acts
exactly within every step (``elementwise.penalized``), so that weights reach exact zeros and stay there. The dense
phase ends when 4 % of the weights live.

``integrate`` drives the phases. Where nothing is compiled yet other processes compile (``first_use``), and Python runs
the same loops till then (``plain``). ``step_control`` decides how long steps are and in how many stages. ``formulas``
is what the dense phase does to every weight, in one place for compiled code (``elementwise``, through ``lanes``), and
for NumPy's arrays and tensors on a GPU (``elementwise_arrays``, ``dense_torch``). ``small_products``,
``sparse_products`` and ``simd`` are the other inner loops. ``reference`` is sixty lines of NumPy: everything else in
this folder is that, faster.
"""
