// What of a mixture's log-densities does not depend on the row.
#pragma once

#include <cmath>
#include <vector>

#include "problem.hpp"

namespace mixtura {

// log pi_k - (d log 2 pi + log |Sigma_k|) / 2 of each component, where -log |Sigma_k| / 2 is the sum
// of the logarithms of its inverse factor's diagonal.
inline std::vector<double> log_constants(const Mixture& m) {
    const double log_2pi = std::log(2 * std::acos(-1.0));
    const std::int64_t d = m.n_features;
    const bool dense = m.storage == Storage::dense, spherical = m.storage == Storage::spherical;
    const bool low_rank = m.storage == Storage::low_rank;
    const std::int64_t size =
        low_rank ? (1 + m.n_axes) * (1 + d) : spherical ? 1 : dense ? d * d : d;
    const std::int64_t step = dense ? d + 1 : 1;
    std::vector<double> constants(m.n_components);
    for (std::int64_t k = 0; k < m.n_components; ++k) {
        const double* factor = m.factors + (m.shared ? 0 : k * size);
        double log_root = 0;
        if (low_rank) log_root = factor[0];
        else if (spherical) log_root = d * std::log(factor[0]);
        else for (std::int64_t j = 0; j < d; ++j) log_root += std::log(factor[j * step]);
        constants[k] = std::log(m.weights[k]) - 0.5 * (d * log_2pi) + log_root;
    }
    return constants;
}

}  // namespace mixtura
