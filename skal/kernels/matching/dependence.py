"""How strongly features and gradients vary together over perturbed copies of a row."""

from skal._array import Array, namespace


def covariance(Z: list[Array], G: list[Array]) -> Array:
    """tr C_{z,g} of each row: Z, G are copies × rows × L, scale by scale; the scales are summed."""
    total = 0
    for features, gradients in zip(Z, G, strict=True):
        total = total + (_centred(features) * _centred(gradients)).sum(axis=(0, 2))
    return total / (Z[0].shape[0] - 1)


def mutual_information(Z: list[Array], G: list[Array]) -> Array:
    """I(z; g) = ½ log(|C_zz| |C_gg| / |C_joint|) of each row, as if both were Gaussian.

    Z, G are copies × rows × L, scale by scale; a row's scales stand side by side.  The joint
    covariance is that of standardised dimensions (one that never varies tells nothing and counts
    as independent), shrunk to (1 − α)C + αI with α = dimensions/(dimensions + copies), so that it
    has an inverse however few copies there are; C_zz and C_gg are its blocks.  With X the
    standardised copies and c = (1 − α)/(α·copies), |C| = α^dimensions · |I + c X Xᵀ|: matrices of
    copies × copies, whatever the number of dimensions, and the powers of α cancel.
    """
    xp = namespace(Z[0])
    copies = Z[0].shape[0]
    dimensions = sum(part.shape[2] for part in [*Z, *G])
    alpha = dimensions / (dimensions + copies)
    c = (1 - alpha) / (alpha * copies)
    features, gradients = (sum(_products_of_copies(part) for part in parts) for parts in (Z, G))
    identity = xp.eye(copies, dtype=xp.float64, device=Z[0].device)

    def log_det(products):
        return xp.linalg.slogdet(identity + c * products)[1]

    return (log_det(features) + log_det(gradients) - log_det(features + gradients)) / 2


def _products_of_copies(A):
    """X Xᵀ of each row (rows × copies × copies), X its standardised copies."""
    xp = namespace(A)
    A = xp.astype(A, xp.float64)
    peaks = xp.max(xp.abs(A), axis=0)
    A = _centred(A)
    spread = xp.sqrt((A * A).mean(axis=0))
    varies = spread > 1e-6 * peaks  # below it lies the rounding of a net's float32
    A = xp.where(varies, A / xp.where(varies, spread, xp.ones_like(spread)), 0.0)
    A = xp.permute_dims(A, (1, 0, 2))
    return A @ xp.permute_dims(A, (0, 2, 1))


def _centred(A):
    return A - A.mean(axis=0)
