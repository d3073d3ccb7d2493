"""The glossary: every symbol and abbreviation that the pages use, with meaning and formula."""

from __future__ import annotations

from alignlab.words.terms import Term

_SPIKED = ("phase", "samples", "recovery")

DATA = (
    Term(
        name="n",
        full="number of pairs",
        meaning="Rows of the data: each is one sample, seen in both views.",
    ),
    Term(
        name="d",
        full="number of features",
        meaning="Columns of the data: d₁ and d₂ of the two modalities, d = d₁ + d₂ of both.",
        formula="d = d_{1} + d_{2}",
    ),
    Term(
        name="d (spiked model)",
        full="number of features of each view",
        meaning="Each view has k shared and d − k nuisance coordinates.",
        spellings=("d",),
        pages=_SPIKED,
    ),
    Term(
        name="k",
        full="latent dimension",
        meaning="Number of dimensions of the latent into which both views are mapped; before "
        "“nearest”, the number of neighbours that are counted.",
    ),
    Term(
        name="k (spiked model)",
        full="number of shared coordinates",
        meaning="Also the dimension of the code of CA and CP: both keep the k leading singular "
        "directions.",
        spellings=("k",),
        pages=_SPIKED,
    ),
    Term(
        name="x and y",
        full="the two views",
        meaning="Two measurements of the same samples, also called modalities; CP predicts y from "
        "x, CP reversed x from y.",
        spellings=("x → y", "y → x", "x and y", "x alone", "y alone"),
    ),
    Term(
        name="z",
        full="latent",
        meaning="What both modalities are generated from; data of one's own come without it.",
        formula="x^{(m)} = S^{(m)} z + σ ε",
        spellings=("latent z", "true latent"),
    ),
    Term(
        name="ẑ",
        full="estimated latent",
        meaning="What the maps make of the data; perfect alignment can determine z only up to an "
        "invertible linear map.",
        formula="ẑ^{(m)} = W_{m}^{T} x^{(m)}",
        spellings=("ẑ", "ẑ⁽¹⁾", "ẑ⁽²⁾"),
    ),
    Term(
        name="S",
        full="mixing matrix",
        meaning="The matrix through which a modality observes the latent; its condition number, "
        "the largest over the smallest singular value, is large if it nearly loses a direction.",
        formula="x^{(m)} = S^{(m)} z + σ ε",
        spellings=("S⁽¹⁾", "S⁽²⁾", "condition number of S", "condition of S", "condition number"),
    ),
    Term(
        name="σ",
        full="standard deviation of the noise",
        meaning="Of the noise on every feature; σ₁ ≥ σ₂ ≥ … are singular values.",
        tex=(r"\sigma",),
    ),
    Term(
        name="[X₁, −X₂]",
        full="stack of both views",
        meaning="The features of modality 1 beside the negative ones of modality 2; a pair of maps "
        "that sends partners to one point is a null direction of it.",
        formula="[X_{1}, -X_{2}] [W_{1}; W_{2}] = X_{1} W_{1} - X_{2} W_{2}",
        spellings=("[X₁, −X₂]", "stack"),
    ),
    Term(
        name="Null space",
        meaning="All directions that the stack of both views maps to zero; where it has at least k "
        "dimensions, perfect alignment exists.",
        formula="[X_{1}, -X_{2}] w = 0",
        spellings=("null space", "null direction", "null directions"),
    ),
    Term(
        name="Held-out pairs",
        meaning="Pairs to which no map was fitted: their error is that on new data, while the "
        "error in the sample may be zero only because there are few pairs.",
        spellings=("held-out", "held out"),
    ),
    Term(
        name="In-sample",
        meaning="Measured on the pairs to which the maps were fitted.",
        spellings=("in-sample", "in the sample"),
    ),
)

MEASURES = (
    Term(
        name="CMAE",
        full="cross-modal alignment error",
        meaning="Mean distance of partners in the latent; it also falls when the latent shrinks.",
        formula="\\text{CMAE} = \\text{mean}_{i} ‖ẑ_{i}^{(1)} - ẑ_{i}^{(2)}‖",
    ),
    Term(
        name="NCMAE",
        full="normalised cross-modal alignment error",
        meaning="CMAE after every latent vector is scaled to length 1, between 0 and 2; undefined "
        "where a latent vector is zero.",
        formula="\\text{NCMAE} = \\text{mean}_{i} ‖ẑ_{i}^{(1)}/‖ẑ_{i}^{(1)}‖ - "
        "ẑ_{i}^{(2)}/‖ẑ_{i}^{(2)}‖‖",
    ),
    Term(
        name="relative CMAE",
        meaning="CMAE over the mean length of the latent vectors: it does not fall when both "
        "latents shrink.",
        formula="\\text{relative CMAE} = \\text{CMAE} / \\text{mean} ‖ẑ‖",
    ),
    Term(
        name="MLRE",
        full="modality latent reconstruction error",
        meaning="Mean distance of the estimate from the true latent, for synthetic data; “up to "
        "linear” after the best linear map, as no method can determine more than that.",
        formula="\\text{MLRE}^{(m)} = \\text{mean}_{i} ‖z_{i} - ẑ_{i}^{(m)}‖",
    ),
    Term(
        name="Kept norm",
        meaning="Mean length of the latent over that of the data: near zero, the latent has "
        "collapsed.",
        formula="\\text{mean} ‖ẑ‖ / \\text{mean} ‖x‖",
        spellings=("kept norm",),
    ),
    Term(
        name="Collapse",
        meaning="A latent that has shrunk towards zero, so that partners are close although they "
        "need not agree; NCMAE, relative CMAE and retrieval detect it.",
        spellings=("collapse", "collapsed"),
    ),
    Term(
        name="R@1",
        full="recall at 1, pair retrieval",
        meaning="Share of rows whose partner is the nearest row of the other modality (R@5: among "
        "the five nearest); 1/n by chance.",
        spellings=("R@1", "R@5", "pair retrieval"),
    ),
    Term(
        name="top-1",
        full="top-1 accuracy",
        meaning="Share of test samples whose class is the most probable one according to the "
        "classifier (top-3: among the three most probable).",
        spellings=("top-1", "top-3", "top-5", "top-7"),
    ),
    Term(
        name="R²",
        full="explained variance",
        meaning="Share of the variance that a prediction explains; 0 for the mean, negative for "
        "less.",
        formula="R^{2} = 1 - \\text{residual variance} / \\text{variance}",
    ),
    Term(
        name="SD",
        full="standard deviation",
        meaning="Over the seeds, of which each draws its own split and starting values.",
    ),
    Term(
        name="Null",
        meaning="What a measure would be if that which it measures were absent, mostly drawn by "
        "permuting the pairs: a value within its range shows nothing.",
        spellings=("null", "nulls"),
        pages=("inspect",),
    ),
    Term(
        name="p",
        full="p-value",
        meaning="How often a draw of the null is at least as extreme as the measured value.",
        formula="p = (1 + \\text{draws as extreme}) / (1 + \\text{draws})",
    ),
    Term(
        name="Subspace distance",
        meaning="How far the recovered subspace is from the true one, from 0 (the same) to 1 "
        "(orthogonal): the root mean square of the sines of the principal angles.",
        formula="‖P_{U} - P_{V}‖_{F} / √(2k)",
        spellings=("subspace distance", "subspace distances"),
    ),
    Term(
        name="Overlap",
        meaning="Mean squared cosine of the principal angles of two subspaces, 1 if they are the "
        "same.",
        formula="1 - \\text{distance}^{2}",
        spellings=("overlap", "overlaps", "mean squared overlap"),
    ),
)

ALIGNERS = (
    Term(
        name="PA",
        full="perfect alignment",
        meaning="The orthonormal maps that bring partners closest: the k directions of the stack "
        "of both views with the smallest singular values, exact where these are zero.",
        formula="\\text{min}_{W} ‖[X_{1}, -X_{2}] W‖_{F},  W^{T}W = I",
        spellings=("PA", "plain PA", "perfect alignment", "plain perfect alignment"),
    ),
    Term(
        name="Informative PA",
        full="informative perfect alignment",
        meaning="Perfect alignment within the leading singular directions of each view, which "
        "leaves out directions in which a view is itself small.",
        spellings=("informative PA", "informative alignment", "informative perfect alignment"),
    ),
    Term(
        name="CCA",
        full="canonical correlation analysis",
        meaning="The directions of both views with the largest correlation, that is, plain "
        "perfect alignment of whitened views.",
        formula="C = S_{xx}^{-1/2} S_{xy} S_{yy}^{-1/2} = P Φ Q^{T}",
    ),
    Term(
        name="GCCA",
        full="generalised canonical correlation analysis",
        meaning="CCA of more than two views: the directions shared by all of the whitened views.",
        spellings=("GCCA", "generalised CCA"),
    ),
    Term(
        name="Canonical correlations",
        meaning="The singular values of C: the correlations of the pairs of directions that CCA "
        "finds.",
        spellings=("canonical correlation", "canonical correlations"),
    ),
    Term(
        name="RRR",
        full="reduced-rank regression",
        meaning="The best linear prediction of one view from the other through k dimensions; this "
        "is linear CP.",
        formula="\\text{min}_{rank k} ‖Y - X B‖^{2}",
        spellings=("RRR", "reduced-rank regression"),
    ),
    Term(
        name="PLS-SVD",
        full="partial least squares by singular value decomposition",
        meaning="The leading singular directions of the cross-covariance, neither view being "
        "whitened: the limit of contrastive learning with a linear loss.",
        formula="S_{xy} = U Σ V^{T}",
        spellings=("PLS-SVD", "PLS"),
    ),
    Term(
        name="RFF",
        full="random Fourier features",
        meaning="Cosines of D random projections of a view, whose inner products approach a "
        "Gaussian kernel as D grows: linear aligners of these features are nonlinear aligners of "
        "the view.",
        formula="φ(x) = √(2/D) \\text{cos}(W^{T}x + b)",
        spellings=("RFF", "random Fourier features", "Fourier features"),
    ),
    Term(
        name="Kernel CCA",
        meaning="CCA with a ridge of the kernel principal components of each view, here of a "
        "Gaussian kernel whose width is the median distance of the rows.",
        spellings=("kernel CCA",),
    ),
    Term(
        name="DeepCCA",
        full="deep canonical correlation analysis",
        meaning="Two networks trained by gradient so that the canonical correlations of their "
        "outputs are large.",
        formula="\\text{max} Σ_{j} ρ_{j}(f_{1}(X_{1}), f_{2}(X_{2}))",
    ),
    Term(
        name="Procrustes",
        meaning="The principal components of one view, rotated or reflected so that they come "
        "closest to those of the other.",
        formula="\\text{min}_{R} ‖X_{1} V_{1} R - X_{2} V_{2}‖_{F},  R^{T}R = I",
    ),
    Term(
        name="Least squares",
        meaning="The linear map of one view that is closest to the other; reduced-rank regression "
        "without a limit on the rank.",
        formula="\\text{min}_{B} ‖Y - X B‖_{F}",
        spellings=("least squares",),
    ),
    Term(
        name="Whitening",
        meaning="A linear map after which all features have variance 1 and no correlation; with "
        "exponents a and b between 0 (the views as they are) and 1 (whitened).",
        formula="X S_{xx}^{-a/2}, Y S_{yy}^{-b/2}",
        spellings=("whitening", "whitened", "a = 0", "a = 1"),
    ),
    Term(
        name="Ridge",
        meaning="A constant added to all variances before they are inverted: it limits the weight "
        "of directions in which a view hardly varies.",
        formula="(S_{xx} + \\text{ridge} · I)^{-1}",
        spellings=("ridge",),
    ),
    Term(
        name="InfoNCE",
        full="noise-contrastive estimation of mutual information",
        meaning="The loss of contrastive learning: the partner of each sample is to be picked out "
        "of the batch by the scores s, mostly cosines, divided by the temperature τ.",
        formula="-\\text{mean}_{i} \\text{log}(\\text{exp}(s_{ii}/τ) / "
        "Σ_{j} \\text{exp}(s_{ij}/τ))",
        spellings=("InfoNCE", "contrastive learning"),
    ),
    Term(
        name="τ (temperature)",
        full="temperature of InfoNCE",
        meaning="Divides the scores: at a low temperature the nearest rivals count most, at a high "
        "one all pairs look alike.",
        spellings=("temperature τ", "temperature", "temperatures"),
    ),
    Term(
        name="VICReg",
        full="variance-invariance-covariance regularisation",
        meaning="A loss that brings partners together while every dimension of the code keeps its "
        "variance and correlates with no other; unlike InfoNCE it needs no negative pairs.",
    ),
    Term(
        name="PCA",
        full="principal component analysis",
        meaning="The directions in which a view varies most, in the order of their variance.",
        spellings=("PCA", "principal component", "principal components"),
    ),
    Term(
        name="SVD",
        full="singular value decomposition",
        meaning="A matrix as orthonormal directions on both sides and the singular values between "
        "them, in descending order.",
        formula="M = U Σ V^{T}",
        spellings=("SVD", "singular value decomposition", "singular value", "singular values"),
    ),
)

SPIKED = (
    Term(
        name="Spiked model",
        meaning="Two views with k shared coordinates and nuisance coordinates that the views may "
        "share in part, each in unknown orthogonal directions.",
        spellings=("spiked model",),
    ),
    Term(
        name="Nuisance coordinate",
        meaning="A coordinate outside the shared subspace; the views may share it in part, but it "
        "is not what both are about.",
        spellings=("nuisance coordinate", "nuisance coordinates", "nuisance"),
        pages=_SPIKED,
    ),
    Term(
        name="κ",
        full="signal strength",
        meaning="Standard deviation of a shared coordinate; κ² is its variance.",
        spellings=("κ", "κk"),
        tex=(r"\kappa",),
    ),
    Term(
        name="ν",
        full="nuisance correlation",
        meaning="Correlation of a nuisance coordinate of x with its counterpart in y, from 0 to 1: "
        "the singular values of C that are nuisance.",
        formula="ν = η / √(γ̃_{x} γ̃_{y})",
        tex=(r"\nu",),
    ),
    Term(
        name="γ",
        full="noise on the signal",
        meaning="Variance of the noise on the shared coordinates, of x (γx) or of y (γy).",
        formula="\\text{var} = κ^{2} + γ",
        spellings=("γ", "γx", "γy"),
        tex=(r"\gamma",),
    ),
    Term(
        name="γ̃",
        full="nuisance variance",
        meaning="Variance of the nuisance coordinates, of x (γ̃x) or of y (γ̃y).",
        spellings=("γ̃", "γ̃x", "γ̃y"),
        tex=(r"\tilde\gamma",),
    ),
    Term(
        name="η",
        full="nuisance covariance",
        meaning="Covariance of a nuisance coordinate of x with its counterpart in y.",
        formula="η = ν √(γ̃_{x} γ̃_{y})",
        tex=(r"\eta",),
    ),
    Term(
        name="ρ",
        full="signal values of C",
        meaning="The correlation that the views have in a shared coordinate; CA keeps it if it "
        "exceeds every ν.",
        formula="ρ = κ^{2} / √((κ^{2} + γ_{x})(κ^{2} + γ_{y}))",
        tex=(r"\rho",),
    ),
    Term(
        name="τ",
        full="signal values of A",
        meaning="What x tells about y in a shared coordinate, in units of y; CP keeps it if it "
        "exceeds every ξ.",
        formula="τ = κ^{2} / √(κ^{2} + γ_{x})",
        tex=(r"\tau",),
    ),
    Term(
        name="ξ",
        full="nuisance values of A",
        meaning="What x tells about y in a nuisance coordinate, in units of y.",
        formula="ξ = η / √γ̃_{x} = ν √γ̃_{y}",
        tex=(r"\xi",),
    ),
    Term(
        name="q",
        full="ratio of successive signal strengths",
        meaning="Below 1 the shared coordinates have falling strengths.",
        formula="κ_{i} = κ q^{i-1}",
        spellings=("ratio q",),
    ),
    Term(
        name="λ",
        full="weight of alignment",
        meaning="In the joint objective: 0 for CP alone; CA in the limit of large λ.",
        formula="G G^{T} + λ (C C^{T} - I),  G = S_{xx}^{-1/2} S_{xy}",
        tex=(r"\lambda",),
    ),
    Term(
        name="φ",
        full="canonical correlations of the population",
        meaning="The singular values of C in descending order; the squared norm of CA's encoders "
        "is at least 2/φ of the last direction kept.",
        formula="‖W S_{xx}^{1/2}‖^{2} + ‖V S_{yy}^{1/2}‖^{2} ≥ 2/φ_{k}",
        tex=(r"\phi", r"\varphi"),
    ),
)

DIAGNOSIS = (
    Term(
        name="CA",
        meaning="Cross-modal alignment: one encoder per view, trained to map partners to the same "
        "point of a shared space. Linear CA is canonical correlation analysis: it keeps the "
        "leading singular directions of C.",
        formula=r"C = U Σ V^{T},  Z_{x} = X S_{xx}^{-1/2} U_{k},  Z_{y} = Y S_{yy}^{-1/2} V_{k}",
    ),
    Term(
        name="CP",
        meaning="Cross-modal prediction: x predicts y through a bottleneck of k dimensions. Linear "
        "CP is reduced-rank regression: it keeps the leading singular directions of A.",
        formula=r"\text{min}_{rank k} ‖Y - X B‖^{2}",
    ),
    Term(
        name="CP reversed",
        meaning="The same with y as the source and x as the target.",
        formula=r"A_{rev} = S_{yy}^{-1/2} S_{yx}",
        spellings=("CP reversed", "CP y → x", "CP (y → x)"),
    ),
    Term(
        name="C",
        full="whitened cross-covariance",
        meaning="The cross-covariance of x and y, both whitened. Its singular values are the "
        "canonical correlations.",
        formula=r"C = S_{xx}^{-1/2} S_{xy} S_{yy}^{-1/2}",
    ),
    Term(
        name="A",
        full="cross-covariance with the source whitened",
        meaning="The cross-covariance of x and y with the source alone whitened. Its singular "
        "values are in units of the target.",
        formula=r"A = S_{xx}^{-1/2} S_{xy}",
        spellings=("of A", "its A", "in A", "A reversed", "A: τ and ξ"),
    ),
    Term(
        name="Label subspace",
        meaning="The directions of the whitened views in which the labels can be predicted from "
        "both views: what the labels and both views have in common. Its dimension is the number of "
        "label directions.",
        spellings=("label subspace", "label direction", "label directions"),
    ),
    Term(
        name="Signal",
        meaning="The singular values of C (for CA) or A (for CP) within the label subspace.",
        formula=r"\text{of C: } ρ_{1} ≥ … ≥ ρ_{k},  \text{of A: } τ_{1} ≥ … ≥ τ_{k}",
        spellings=("signal value", "signal values", "signal"),
        pages=("diagnose",),
    ),
    Term(
        name="Nuisance",
        meaning="The singular values outside the label subspace: what the views share that the "
        "labels do not tell.",
        formula=r"\text{of C: } ν_{1} ≥ ν_{2} ≥ …,  \text{of A: } ξ_{1} ≥ ξ_{2} ≥ …",
        spellings=("nuisance",),
        pages=("diagnose",),
    ),
    Term(
        name="Δ",
        meaning="The separation ratio of an objective: the weakest signal value over the largest "
        "nuisance value. The objective recovers every signal direction if Δ exceeds 1.",
        formula=r"Δ = \text{min signal} / \text{max nuisance},  Δ_{CA} = \text{min } ρ / "
        r"\text{max } ν,  Δ_{CP} = \text{min } τ / \text{max } ξ",
        spellings=("Δ", "separation ratio", "separation ratios"),
        tex=(r"\Delta",),
    ),
    Term(
        name="Regime",
        meaning="Both, CA only, CP only or Neither, by which of the Δ of CA and of CP (x → y) "
        "exceed 1; Undetermined if the data do not decide it.",
        spellings=("regime", "regimes"),
    ),
    Term(
        name="Population, and these pairs",
        meaning="The population's Δ is corrected for sampling noise: it holds for any number of "
        "pairs. The Δ of these pairs is uncorrected: it says what training on exactly these pairs "
        "would find, because their noise trains along.",
        spellings=("population", "these pairs"),
        pages=("diagnose",),
    ),
    Term(
        name="Support",
        meaning="The share of resamples (random halves of the rows) whose regime is that of all "
        "rows; 1 if all agree.",
        formula=r"\text{support} = \text{resamples in the same regime} / \text{resamples}",
        spellings=("support", "resamples"),
        pages=("diagnose",),
    ),
    Term(
        name="Permutation null",
        meaning="The same statistic after the rows of y are permuted, so that no pair is right. A "
        "value above the 95th percentile of the null is rarely seen without pairing. With m "
        "permutations no p is below 1/(m + 1).",
        formula=r"p = (1 + \text{permutations at least as large}) / (1 + m)",
        spellings=("permutation null",),
    ),
    Term(
        name="Mixed component",
        meaning="Where a signal and a nuisance value nearly agree, their singular directions are "
        "not determined one by one: a component then mixes both, and an encoder that keeps it "
        "keeps both.",
        spellings=("mixed component", "mixed components"),
    ),
    Term(
        name="Held-out score",
        meaning="The score of a linear probe of the labels on the representation, each row scored "
        "by maps and a probe that were fitted on other rows. Balanced accuracy for classes, "
        "explained variance (R²) for numbers.",
        formula=r"R^{2} = 1 - \text{residual variance} / \text{variance}",
        spellings=("held-out score", "held-out scores", "held-out label", "held-out labels"),
    ),
)  # fmt: skip
"""The terms of a diagnosis, in the order in which a reader of its report meets them."""

SPACES = (
    Term(
        name="Modality gap",
        meaning="The distance between the means of both modalities in the common space.",
        formula="‖\\text{mean } z^{(1)} - \\text{mean } z^{(2)}‖",
        spellings=("modality gap",),
    ),
    Term(
        name="CKA",
        full="centred kernel alignment",
        meaning="How alike two spaces are up to rotation, scale and shift, from 0 to 1; large even "
        "for random pairs if there are few rows.",
        formula="‖A^{T}B‖_{F}^{2} / (‖A^{T}A‖_{F} ‖B^{T}B‖_{F})",
    ),
    Term(
        name="Mutual kNN",
        full="mutual k nearest neighbours",
        meaning="Mean share of a row's k nearest neighbours in one modality that are its "
        "neighbours in the other too; k/(n − 1) for permuted pairs.",
        spellings=("mutual kNN", "kNN"),
    ),
    Term(
        name="Hubness",
        meaning="Skewness of how often rows are among the nearest of the other modality: large if "
        "a few rows, the hubs, are neighbours of very many, which harms retrieval.",
        spellings=("hubness", "hubs"),
    ),
    Term(
        name="Alignment on the unit sphere",
        meaning="Mean squared distance of partners after every vector is scaled to length 1.",
        formula="\\text{mean } ‖u^{(1)} - u^{(2)}‖^{2}",
        spellings=("alignment on the unit sphere",),
    ),
    Term(
        name="Uniformity",
        meaning="How evenly the vectors of length 1 cover the sphere; the lower, the more evenly.",
        formula="\\text{log mean exp}(-2 ‖u_{i} - u_{j}‖^{2})",
        spellings=("uniformity",),
    ),
    Term(
        name="Trustworthiness",
        meaning="1 if all neighbours in the map are neighbours in the space that it shows; lower "
        "where the map makes strangers neighbours, about 0.5 for positions at random. r(i, j) is "
        "the rank of j among the rows nearest to i in the space, for the k nearest j in the map.",
        formula="1 - 2 / (n k (2n - 3k - 1)) Σ_{i} Σ_{j} \\text{max}(0, r(i, j) - k)",
        spellings=("trustworthiness",),
    ),
    Term(
        name="Continuity",
        meaning="1 if all neighbours in the space stay neighbours in the map; lower where the map "
        "tears neighbours apart. Trustworthiness with the roles of space and map exchanged.",
        spellings=("continuity",),
    ),
    Term(
        name="t-SNE",
        full="t-distributed stochastic neighbour embedding",
        meaning="A map in the plane that keeps neighbourhoods, not distances or sizes; another "
        "seed or perplexity gives another map.",
        formula="\\text{min KL}(P ‖ Q),  q_{ij} ∝ 1 / (1 + ‖y_{i} - y_{j}‖^{2})",
    ),
    Term(
        name="KL",
        full="Kullback–Leibler divergence",
        meaning="How far the neighbourhoods Q of the map are from those of the space, P; t-SNE "
        "minimises it.",
        formula="\\text{KL}(P ‖ Q) = Σ p_{ij} \\text{log}(p_{ij} / q_{ij})",
        spellings=("KL", "divergence"),
    ),
    Term(
        name="Perplexity",
        meaning="The number of neighbours, roughly, that each point of t-SNE should keep close.",
        spellings=("perplexity", "perplexities"),
    ),
    Term(
        name="UMAP",
        full="uniform manifold approximation and projection",
        meaning="A map in the plane from the graph of nearest neighbours; like t-SNE it keeps "
        "neighbourhoods, not distances.",
    ),
)

ACTIVITY = (
    Term(
        name="CA (human activity)",
        full="contrastive alignment",
        meaning="Two encoders trained by InfoNCE so that partners have similar directions; PA or "
        "another step may follow.",
        spellings=("CA",),
        pages=("activity",),
    ),
    Term(
        name="IMU",
        full="inertial measurement unit",
        meaning="A wearable sensor of acceleration and rotation.",
    ),
    Term(
        name="RGB",
        full="red, green, blue",
        meaning="Video of an ordinary camera, without depth.",
    ),
    Term(
        name="UTD-MHAD",
        full="University of Texas at Dallas, multimodal human action dataset",
        meaning="861 recordings of 27 actions by 8 people, each by camera, depth camera, skeleton "
        "and wearable sensor.",
    ),
    Term(
        name="D_HAR",
        full="data of human activity recognition",
        meaning="Sequences of the source sensor with labels, on which the decoder is trained.",
    ),
    Term(
        name="D_Align",
        full="data of alignment",
        meaning="Pairs of sequences without labels, on which encoders and steps are fitted.",
    ),
    Term(
        name="D_Val",
        full="data of validation",
        meaning="Labelled sequences of the target, which no choice here uses.",
    ),
    Term(
        name="D_Test",
        full="data of the test",
        meaning="Labelled sequences of the target, on which accuracy is measured.",
    ),
    Term(
        name="Supervised ceiling",
        meaning="The accuracy with labels of the target itself, which a method without them can "
        "hardly exceed.",
        spellings=("supervised ceiling", "ceiling"),
    ),
    Term(
        name="CLIP",
        full="contrastive language–image pre-training",
        meaning="A model that maps images and captions into one space, trained by InfoNCE.",
    ),
)

IMAGES = (
    Term(
        name="σ (stereo shapes)",
        full="jitter of the cameras",
        meaning="Standard deviation of the shift of either camera, in half widths of its image, "
        "and of its rotation, in radians.",
        spellings=("σ", "jitter"),
        pages=("stereo",),
    ),
    Term(
        name="k (stereo shapes)",
        full="bottleneck",
        meaning="How many numbers a method keeps of an image; a probe sees nothing else of it.",
        spellings=("k", "bottleneck"),
        pages=("stereo",),
    ),
    Term(
        name="Place",
        meaning="Where the object is in the world: nuisance that both cameras see, as far as they "
        "do not jitter.",
        spellings=("place",),
        pages=("stereo",),
    ),
    Term(
        name="MS-COCO",
        full="Common Objects in Context",
        meaning="Photographs with captions and marked objects of 80 categories; the paper's Figure "
        "6 is on them.",
        spellings=("MS-COCO", "COCO"),
    ),
    Term(
        name="Level of distortion",
        meaning="The share of six groups of distortion (colour cast, exposure, contrast, texture, "
        "saturation, spatial) that are active in every image.",
        spellings=("level of distortion",),
        pages=("captions",),
    ),
    Term(
        name="Ceiling",
        full="supervised ceiling",
        meaning="A linear probe on all features of a view: what there is to be found in it.",
        spellings=("ceiling",),
        pages=("stereo",),
    ),
)

SECTIONS = {
    "Data and maps": DATA,
    "Measures": MEASURES,
    "Aligners": ALIGNERS,
    "The spiked model": SPIKED,
    "Align, predict, diagnose": DIAGNOSIS,
    "Images": IMAGES,
    "Latent spaces": SPACES,
    "Human activity": ACTIVITY,
}
"""All terms by section of the glossary."""

TERMS = tuple(term for terms in SECTIONS.values() for term in terms)


def named(*names: str) -> list[Term]:
    """The terms of these names, in this order."""
    known = {term.name: term for term in TERMS}
    return [known[name] for name in names]
