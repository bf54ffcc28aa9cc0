"""The sources that the package builds on, by the name under which its texts cite them.

Docstrings, predictions and the report cite a source by its key: an arXiv number or "Author and Author year".
Tests check that every key in the code has its entry here and that every entry is cited.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from polygenesis.errors import unknown_name

PAPER = "arXiv:2312.03096"
"""The paper whose claims the package judges."""


@dataclass(frozen=True)
class Source:
    """A published work: its key here, its name in BibTeX, and what a bibliography prints of it.

    ``authors`` are "Family, Given"; ``where`` is the journal, the proceedings or the archive; ``url`` is permanent.
    """

    key: str
    label: str
    authors: tuple[str, ...]
    year: int
    title: str
    where: str
    url: str

    @property
    def plain(self) -> str:
        """One line of a bibliography."""
        names = [_initials(each) for each in self.authors]
        shown = f"{names[0]} et al." if len(names) > 6 else _listed(names)
        return f"{shown} ({self.year}). {self.title}. {self.where}. {self.url}"

    @property
    def bibtex(self) -> str:
        """A BibTeX entry."""
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",
            "howpublished": self.where,
            "year": str(self.year),
            "url": self.url,
        }
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        return f"@misc{{{self.label},\n{lines}}}"


def source(key: str) -> Source:
    """Return the source cited as ``key``; raises :class:`polygenesis.InputError` for a key without an entry."""
    try:
        return SOURCES[key]
    except KeyError:
        raise unknown_name("source", key, SOURCES) from None


def bibliography(keys: Iterable[str] | None = None) -> list[str]:
    """Return one line a source, in order of first author and year: those cited as ``keys``, or all."""
    return [each.plain for each in _chosen(keys)]


def bibtex(keys: Iterable[str] | None = None) -> str:
    """Return BibTeX entries, in order of first author and year: those cited as ``keys``, or all."""
    return "\n\n".join(each.bibtex for each in _chosen(keys)) + "\n"


def _chosen(keys: Iterable[str] | None) -> list[Source]:
    chosen = SOURCES.values() if keys is None else {source(key) for key in keys}
    return sorted(chosen, key=lambda each: (each.authors[0], each.year))


def _initials(author: str) -> str:
    family, _, given = author.partition(", ")
    return " ".join([*(f"{name[0]}." for name in given.split()), family])


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_ALL = (
    Source(
        PAPER,
        "lecomte2023causes",
        (
            "Lecomte, Victor",
            "Thaman, Kushal",
            "Schaeffer, Rylan",
            "Bashkansky, Naomi",
            "Chow, Trevor",
            "Koyejo, Sanmi",
        ),
        2023,
        "What Causes Polysemanticity? An Alternative Origin Story of Mixed Selectivity from Incidental Causes",
        "arXiv preprint",
        "https://arxiv.org/abs/2312.03096",
    ),
    Source(
        "arXiv:2209.10652",
        "elhage2022toy",
        (
            "Elhage, Nelson",
            "Hume, Tristan",
            "Olsson, Catherine",
            "Schiefer, Nicholas",
            "Henighan, Tom",
            "Kravec, Shauna",
            "Hatfield-Dodds, Zac",
            "Lasenby, Robert",
            "Drain, Dawn",
            "Chen, Carol",
            "Grosse, Roger",
            "McCandlish, Sam",
            "Kaplan, Jared",
            "Amodei, Dario",
            "Wattenberg, Martin",
            "Olah, Christopher",
        ),
        2022,
        "Toy Models of Superposition",
        "Transformer Circuits Thread",
        "https://arxiv.org/abs/2209.10652",
    ),
    Source(
        "arXiv:2405.14860",
        "engels2024not",
        ("Engels, Joshua", "Michaud, Eric J.", "Liao, Isaac", "Gurnee, Wes", "Tegmark, Max"),
        2024,
        "Not All Language Model Features Are One-Dimensionally Linear",
        "arXiv",
        "https://arxiv.org/abs/2405.14860",
    ),
    Source(
        "Bricken et al. 2023",
        "bricken2023monosemanticity",
        (
            "Bricken, Trenton",
            "Templeton, Adly",
            "Batson, Joshua",
            "Chen, Brian",
            "Jermyn, Adam",
            "Conerly, Tom",
            "Turner, Nicholas L.",
            "Anil, Cem",
            "Denison, Carson",
            "Askell, Amanda",
            "Lasenby, Robert",
            "Wu, Yifan",
            "Kravec, Shauna",
            "Schiefer, Nicholas",
            "Maxwell, Tim",
            "Joseph, Nicholas",
            "Tamkin, Alex",
            "Nguyen, Karina",
            "McLean, Brayden",
            "Burke, Josiah E.",
            "Hume, Tristan",
            "Carter, Shan",
            "Henighan, Tom",
            "Olah, Christopher",
        ),
        2023,
        "Towards Monosemanticity: Decomposing Language Models With Dictionary Learning",
        "Transformer Circuits Thread",
        "https://transformer-circuits.pub/2023/monosemantic-features/index.html",
    ),
    Source(
        "arXiv:1711.05101",
        "loshchilov2019decoupled",
        ("Loshchilov, Ilya", "Hutter, Frank"),
        2019,
        "Decoupled Weight Decay Regularization",
        "International Conference on Learning Representations",
        "https://arxiv.org/abs/1711.05101",
    ),
    Source(
        "Glorot and Bengio 2010",
        "glorot2010understanding",
        ("Glorot, Xavier", "Bengio, Yoshua"),
        2010,
        "Understanding the difficulty of training deep feedforward neural networks",
        "Proceedings of Machine Learning Research 9, 249–256",
        "https://proceedings.mlr.press/v9/glorot10a.html",
    ),
    Source(
        "Salmon et al. 2011",
        "salmon2011parallel",
        ("Salmon, John K.", "Moraes, Mark A.", "Dror, Ron O.", "Shaw, David E."),
        2011,
        "Parallel random numbers: as easy as 1, 2, 3",
        "Proceedings of SC11",
        "https://doi.org/10.1145/2063384.2063405",
    ),
    Source(
        "Efron 1987",
        "efron1987better",
        ("Efron, Bradley",),
        1987,
        "Better Bootstrap Confidence Intervals",
        "Journal of the American Statistical Association 82, 171–185",
        "https://doi.org/10.1080/01621459.1987.10478410",
    ),
    Source(
        "Marchenko and Pastur 1967",
        "marchenko1967distribution",
        ("Marchenko, Vladimir A.", "Pastur, Leonid A."),
        1967,
        "Distribution of eigenvalues for some sets of random matrices",
        "Mathematics of the USSR-Sbornik 1, 457–483",
        "https://doi.org/10.1070/SM1967v001n04ABEH001994",
    ),
    Source(
        "Roy and Vetterli 2007",
        "roy2007effective",
        ("Roy, Olivier", "Vetterli, Martin"),
        2007,
        "The effective rank: A measure of effective dimensionality",
        "Proceedings of the 15th European Signal Processing Conference, 606–610",
        "https://ieeexplore.ieee.org/document/7098875",
    ),
    Source(
        "Okabe and Ito 2008",
        "okabe2008color",
        ("Okabe, Masataka", "Ito, Kei"),
        2008,
        "Color Universal Design (CUD): How to make figures and presentations that are friendly to colorblind people",
        "J*FLY Data Depository for Drosophila researchers",
        "https://jfly.uni-koeln.de/color/",
    ),
    Source(
        "arXiv:1502.01852",
        "he2015delving",
        ("He, Kaiming", "Zhang, Xiangyu", "Ren, Shaoqing", "Sun, Jian"),
        2015,
        "Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification",
        "arXiv preprint",
        "https://arxiv.org/abs/1502.01852",
    ),
    Source(
        "arXiv:2210.01892",
        "scherlis2022polysemanticity",
        ("Scherlis, Adam", "Sachan, Kshitij", "Jermyn, Adam S.", "Benton, Joe", "Shlegeris, Buck"),
        2022,
        "Polysemanticity and Capacity in Neural Networks",
        "arXiv preprint",
        "https://arxiv.org/abs/2210.01892",
    ),
    Source(
        "Hoffman and Singleton 1960",
        "hoffman1960moore",
        ("Hoffman, Alan J.", "Singleton, Robert R."),
        1960,
        "On Moore graphs with diameters 2 and 3",
        "IBM Journal of Research and Development 4, 497–504",
        "https://doi.org/10.1147/rd.45.0497",
    ),
    Source(
        "Gale and Shapley 1962",
        "gale1962college",
        ("Gale, David", "Shapley, Lloyd S."),
        1962,
        "College admissions and the stability of marriage",
        "The American Mathematical Monthly 69, 9–15",
        "https://doi.org/10.1080/00029890.1962.11989827",
    ),
    Source(
        "Besag and Clifford 1989",
        "besag1989generalized",
        ("Besag, Julian", "Clifford, Peter"),
        1989,
        "Generalized Monte Carlo significance tests",
        "Biometrika 76, 633–642",
        "https://doi.org/10.1093/biomet/76.4.633",
    ),
    Source(
        "Strona et al. 2014",
        "strona2014fast",
        ("Strona, Giovanni", "Nappo, Domenico", "Boccacci, Francesco", "Fattorini, Simone", "San-Miguel-Ayanz, Jesus"),
        2014,
        "A fast and unbiased procedure to randomize ecological binary matrices with fixed row and column totals",
        "Nature Communications 5, 4114",
        "https://doi.org/10.1038/ncomms5114",
    ),
    Source(
        "Steele et al. 2014",
        "steele2014fast",
        ("Steele, Guy L.", "Lea, Doug", "Flood, Christine H."),
        2014,
        "Fast splittable pseudorandom number generators",
        "Proceedings of OOPSLA 2014, 453–472",
        "https://doi.org/10.1145/2660193.2660195",
    ),
    Source(
        "Hairer and Wanner 1996",
        "hairer1996solving",
        ("Hairer, Ernst", "Wanner, Gerhard"),
        1996,
        "Solving Ordinary Differential Equations II: Stiff and Differential-Algebraic Problems",
        "Springer, second edition",
        "https://doi.org/10.1007/978-3-642-05221-7",
    ),
    Source(
        "Platt 1999",
        "platt1999probabilistic",
        ("Platt, John C.",),
        1999,
        "Probabilistic outputs for support vector machines and comparisons to regularized likelihood methods",
        "Advances in Large Margin Classifiers, MIT Press, 61–74",
        "https://www.researchgate.net/publication/2594015",
    ),
    Source(
        "Cox and Matthews 2002",
        "cox2002exponential",
        ("Cox, Stephen M.", "Matthews, Paul C."),
        2002,
        "Exponential Time Differencing for Stiff Systems",
        "Journal of Computational Physics 176, 430–455",
        "https://doi.org/10.1006/jcph.2002.6995",
    ),
    Source(
        "Davidson and Szarek 2001",
        "davidson2001local",
        ("Davidson, Kenneth R.", "Szarek, Stanislaw J."),
        2001,
        "Local operator theory, random matrices and Banach spaces",
        "Handbook of the Geometry of Banach Spaces 1, 317–366",
        "https://doi.org/10.1016/S1874-5845(01)80010-3",
    ),
    Source(
        "Meyer et al. 2014",
        "meyer2014stabilized",
        ("Meyer, Chad D.", "Balsara, Dinshaw S.", "Aslam, Tariq D."),
        2014,
        "A stabilized Runge–Kutta–Legendre method for explicit super-time-stepping of parabolic and mixed equations",
        "Journal of Computational Physics 257, 594–626",
        "https://doi.org/10.1016/j.jcp.2013.08.021",
    ),
    Source(
        "Sommeijer et al. 1998",
        "sommeijer1998rkc",
        ("Sommeijer, Ben P.", "Shampine, Lawrence F.", "Verwer, Jan G."),
        1998,
        "RKC: An explicit solver for parabolic PDEs",
        "Journal of Computational and Applied Mathematics 88, 315–326",
        "https://doi.org/10.1016/S0377-0427(97)00219-7",
    ),
    Source(
        "Verwer et al. 1990",
        "verwer1990convergence",
        ("Verwer, Jan G.", "Hundsdorfer, Willem H.", "Sommeijer, Ben P."),
        1990,
        "Convergence properties of the Runge-Kutta-Chebyshev method",
        "Numerische Mathematik 57, 157–178",
        "https://doi.org/10.1007/BF01386405",
    ),
    Source(
        "arXiv:1412.6980",
        "kingma2015adam",
        ("Kingma, Diederik P.", "Ba, Jimmy"),
        2015,
        "Adam: A Method for Stochastic Optimization",
        "International Conference on Learning Representations",
        "https://arxiv.org/abs/1412.6980",
    ),
    Source(
        "arXiv:1606.08415",
        "hendrycks2016gaussian",
        ("Hendrycks, Dan", "Gimpel, Kevin"),
        2016,
        "Gaussian Error Linear Units (GELUs)",
        "arXiv preprint",
        "https://arxiv.org/abs/1606.08415",
    ),
    Source(
        "arXiv:1502.03167",
        "ioffe2015batch",
        ("Ioffe, Sergey", "Szegedy, Christian"),
        2015,
        "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
        "International Conference on Machine Learning",
        "https://arxiv.org/abs/1502.03167",
    ),
    Source(
        "arXiv:1607.06450",
        "ba2016layer",
        ("Ba, Jimmy Lei", "Kiros, Jamie Ryan", "Hinton, Geoffrey E."),
        2016,
        "Layer Normalization",
        "arXiv preprint",
        "https://arxiv.org/abs/1607.06450",
    ),
    Source(
        "Shepherd and Laframboise 1981",
        "shepherd1981chebyshev",
        ("Shepherd, M. M.", "Laframboise, J. G."),
        1981,
        "Chebyshev approximation of (1 + 2x)exp(x²)erfc x in 0 ≤ x < ∞",
        "Mathematics of Computation 36, 249–253",
        "https://doi.org/10.1090/S0025-5718-1981-0595058-X",
    ),
    Source(
        "arXiv:2205.14135",
        "dao2022flashattention",
        ("Dao, Tri", "Fu, Daniel Y.", "Ermon, Stefano", "Rudra, Atri", "Ré, Christopher"),
        2022,
        "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness",
        "Advances in Neural Information Processing Systems 35",
        "https://arxiv.org/abs/2205.14135",
    ),
    Source(
        "arXiv:1708.07747",
        "xiao2017fashion",
        ("Xiao, Han", "Rasul, Kashif", "Vollgraf, Roland"),
        2017,
        "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
        "arXiv preprint",
        "https://arxiv.org/abs/1708.07747",
    ),
    Source(
        "Zou and Hastie 2005",
        "zou2005regularization",
        ("Zou, Hui", "Hastie, Trevor"),
        2005,
        "Regularization and variable selection via the elastic net",
        "Journal of the Royal Statistical Society B 67, 301–320",
        "https://doi.org/10.1111/j.1467-9868.2005.00503.x",
    ),
    Source(
        "Yuan and Lin 2006",
        "yuan2006model",
        ("Yuan, Ming", "Lin, Yi"),
        2006,
        "Model selection and estimation in regression with grouped variables",
        "Journal of the Royal Statistical Society B 68, 49–67",
        "https://doi.org/10.1111/j.1467-9868.2005.00532.x",
    ),
    Source(
        "Srivastava et al. 2014",
        "srivastava2014dropout",
        ("Srivastava, Nitish", "Hinton, Geoffrey", "Krizhevsky, Alex", "Sutskever, Ilya", "Salakhutdinov, Ruslan"),
        2014,
        "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
        "Journal of Machine Learning Research 15, 1929–1958",
        "https://jmlr.org/papers/v15/srivastava14a.html",
    ),
    Source(
        "Beck and Teboulle 2009",
        "beck2009fast",
        ("Beck, Amir", "Teboulle, Marc"),
        2009,
        "A Fast Iterative Shrinkage-Thresholding Algorithm for Linear Inverse Problems",
        "SIAM Journal on Imaging Sciences 2, 183–202",
        "https://doi.org/10.1137/080716542",
    ),
    Source(
        "Elhage et al. 2023",
        "elhage2023privileged",
        ("Elhage, Nelson", "Lasenby, Robert", "Olah, Christopher"),
        2023,
        "Privileged Bases in the Transformer Residual Stream",
        "Transformer Circuits Thread",
        "https://transformer-circuits.pub/2023/privileged-basis/index.html",
    ),
    Source(
        "Hoeffding 1963",
        "hoeffding1963probability",
        ("Hoeffding, Wassily",),
        1963,
        "Probability Inequalities for Sums of Bounded Random Variables",
        "Journal of the American Statistical Association 58, 13–30",
        "https://doi.org/10.1080/01621459.1963.10500830",
    ),
    Source(
        "Manning et al. 2008",
        "manning2008introduction",
        ("Manning, Christopher D.", "Raghavan, Prabhakar", "Schütze, Hinrich"),
        2008,
        "Introduction to Information Retrieval",
        "Cambridge University Press",
        "https://nlp.stanford.edu/IR-book/",
    ),
    Source(
        "arXiv:2508.16950",
        "gupta2025disentangling",
        ("Gupta, Manan", "Kumar, Dhruv"),
        2025,
        "Disentangling Polysemantic Neurons with a Null-Calibrated Polysemanticity Index and Causal Patch "
        "Interventions",
        "arXiv preprint",
        "https://arxiv.org/abs/2508.16950",
    ),
    Source(
        "arXiv:2504.02821",
        "pach2025sparse",
        ("Pach, Mateusz", "Karthik, Shyamgopal", "Bouniot, Quentin", "Belongie, Serge", "Akata, Zeynep"),
        2025,
        "Sparse Autoencoders Learn Monosemantic Features in Vision-Language Models",
        "Advances in Neural Information Processing Systems",
        "https://arxiv.org/abs/2504.02821",
    ),
)

SOURCES: dict[str, Source] = {each.key: each for each in _ALL}
"""Every source, by its key."""
