// What the stages know of each row between the joint densities and the moments, and what is told of
// it at the end.
#pragma once

#include <cmath>
#include <limits>

#include "tile.hpp"

namespace mixtura::MIXTURA_ISA {

template <class T>
constexpr T minus_infinity = -std::numeric_limits<T>::infinity();

template <class T>
struct PerRow {
    Buffer<T> weight;            // sample weights; 0 for lanes without a row
    Buffer<T> largest;           // the largest joint log-density; -inf for a row that is nowhere
    Buffer<T> total;             // sum of exp(joint - largest)
    Buffer<T> factor;            // weight / total: what exp(joint - largest) is multiplied by
    Buffer<std::int32_t> label;  // the component of the largest

    explicit PerRow(std::int64_t n)
        : weight(uninitialized<T>(n)),
          largest(uninitialized<T>(n)),
          total(uninitialized<T>(n)),
          factor(uninitialized<T>(n)),
          label(uninitialized<std::int32_t>(n)) {}
};

constexpr std::int64_t no_row = -1;

static inline double weight_of(const Task& task, std::int64_t row) {
    return task.rows.weights ? task.rows.weights[row] : 1.0;
}

// The sample weights of n rows, and 0 for the lanes up to `width`. Row b is index[b].
template <class T>
void fill_weights(const Task& task, const std::int64_t* index, std::int64_t n, std::int64_t width,
                  T* weights) {
    std::fill_n(weights, n, T(1));
    std::fill_n(weights + n, width - n, T(0));
    if (!task.rows.weights) return;
    for (std::int64_t b = 0; b < n; ++b) weights[b] = static_cast<T>(weight_of(task, index[b]));
}

static inline std::int64_t heaviest(const Mixture& m) {
    return std::max_element(m.weights, m.weights + m.n_components) - m.weights;
}

// log p(x) = largest + log(total), added up and told of n rows, and their factors. Row b is index[b],
// and has weight 0 where that is `no_row`; lanes up to a whole vector have weight 0 too.
template <class T>
void finish_rows(const Task& task, const std::int64_t* index, std::int64_t n, PerRow<T>& per_row,
                 Sums& sums) {
    constexpr int lanes = Lanes<T>::n;
    const Answers& answers = task.answers;
    const bool answers_rows = answers.log_density || answers.labels || answers.log_certainty;
    Vec<T> log_likelihood{};
    for (std::int64_t b = 0; b < n; b += lanes) {
        const Vec<T> total = load<T>(per_row.total.get() + b);
        const Vec<T> weight = load<T>(per_row.weight.get() + b);
        const Vec<T> log_total = log_positive<T>(total);
        const Vec<T> density = load<T>(per_row.largest.get() + b) + log_total;
        store<T>(per_row.factor.get() + b, weight / total);
        // A row without weight does not count, even where its density is 0.
        log_likelihood += weight > 0 ? weight * density : Vec<T>{};
        if (b % (16 * lanes) == 0 || b + lanes >= n) {  // so often that floats lose nothing
            sums.log_likelihood += sum<T>(log_likelihood);
            log_likelihood = Vec<T>{};
        }
        if (!answers_rows) continue;
        for (int lane = 0; lane < lanes && b + lane < n; ++lane) {
            const std::int64_t row = index[b + lane];
            if (row == no_row) continue;
            const bool is_nowhere = per_row.largest[b + lane] == minus_infinity<T>;
            if (answers.log_density) answers.log_density[row] = density[lane];
            // A row that is nowhere gets the weights for its responsibilities.
            if (answers.labels)
                answers.labels[row] = is_nowhere ? heaviest(task.mixture) : per_row.label[b + lane];
            if (answers.log_certainty)
                answers.log_certainty[row] =
                    is_nowhere ? std::log(task.mixture.weights[heaviest(task.mixture)])
                               : -double(log_total[lane]);
        }
    }
}

}  // namespace mixtura::MIXTURA_ISA
