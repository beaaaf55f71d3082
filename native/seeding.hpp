// k-means++ (Arthur and Vassilvitskii, 2007), greedy: each seed is the best of several trial rows,
// which are drawn with probabilities proportional to w D, D the squared distance to the nearest seed.
#pragma once

#include <memory>

#include "parallel.hpp"

namespace mixtura {

class Seeding {
public:
    using Run = std::function<OwnSums(const Task&)>;

    // `run` makes a pass on all threads.
    Seeding(const Rows& rows, std::int64_t n_features, std::int64_t n_trials, Run run)
        : rows_(rows),
          d_(n_features),
          tile_(tile_rows(d_)),
          n_tiles_((rows.n + tile_ - 1) / tile_),
          // The trials' distances are kept where that takes no more room than the rows do;
          // elsewhere the rows are read once more for the best.
          keeps_trials_(n_trials <= d_),
          distances_(new double[rows.n * (keeps_trials_ ? n_trials : 1)]),
          closest_(distances_.get()),
          in_tiles_(n_tiles_ * n_trials),
          run_(std::move(run)) {}

    // The indices of the seeds: `first`, and one for each `n_trials` of the uniform numbers.
    std::vector<std::int64_t> draw(std::int64_t first, const double* uniforms, std::int64_t n_more,
                                   std::int64_t n_trials) {
        std::vector<std::int64_t> seeds{first}, trials(n_trials);
        double potential = try_rows({first}, nullptr, true)[0];
        const double* in_tiles = in_tiles_.data();
        for (std::int64_t s = 0; s < n_more; ++s, uniforms += n_trials) {
            for (std::int64_t t = 0; t < n_trials; ++t)
                trials[t] = row_at(uniforms[t] * potential, in_tiles);
            const auto potentials = try_rows(trials, closest_, keeps_trials_);
            const std::int64_t best =
                std::min_element(potentials.begin(), potentials.end()) - potentials.begin();
            potential = potentials[best];
            seeds.push_back(trials[best]);
            if (s + 1 == n_more) break;
            in_tiles = in_tiles_.data() + best * n_tiles_;
            if (keeps_trials_) {
                closest_ = distances_.get() + best * rows_.n;
            } else {
                try_rows({trials[best]}, closest_, true);
                in_tiles = in_tiles_.data();
            }
        }
        return seeds;
    }

private:
    // The potentials with each of these rows as a seed more. A tile's old distances are read before
    // the new ones are written, so that `closest` may lie among them.
    std::vector<double> try_rows(const std::vector<std::int64_t>& trials, const double* closest,
                                 bool keeps) {
        std::vector<double> centres(trials.size() * d_);
        for (std::size_t t = 0; t < trials.size(); ++t)
            for (std::int64_t j = 0; j < d_; ++j) centres[t * d_ + j] = value(trials[t], j);
        Task task{};
        task.act = Act::potentials;
        task.rows = rows_;
        task.mixture.n_components = static_cast<std::int64_t>(trials.size());
        task.mixture.n_features = d_;
        task.mixture.means = centres.data();
        task.potentials = {closest, keeps ? distances_.get() : nullptr, in_tiles_.data(), n_tiles_};
        return run_(task).counts;
    }

    double value(std::int64_t row, std::int64_t feature) const {
        const std::int64_t at = row * rows_.row_stride + feature * rows_.feature_stride;
        return rows_.is_float ? static_cast<const float*>(rows_.data)[at]
                              : static_cast<const double*>(rows_.data)[at];
    }

    // The first row at which the sum of w D reaches `target`: first its tile, then itself.
    std::int64_t row_at(double target, const double* in_tiles) const {
        double before = 0;
        std::int64_t tile = 0;
        while (tile + 1 < n_tiles_ && before + in_tiles[tile] < target) before += in_tiles[tile++];
        const std::int64_t end = std::min(rows_.n, (tile + 1) * tile_);
        std::int64_t last = end - 1;  // of those with w D > 0, for sums that rounding keeps below
        for (std::int64_t i = tile * tile_; i < end; ++i) {
            const double share = (rows_.weights ? rows_.weights[i] : 1.0) * closest_[i];
            before += share;
            if (before >= target) return i;
            if (share > 0) last = i;
        }
        return last;
    }

    Rows rows_;
    std::int64_t d_, tile_, n_tiles_;
    bool keeps_trials_;
    std::unique_ptr<double[]> distances_;
    const double* closest_;  // among `distances_`
    std::vector<double> in_tiles_;
    Run run_;
};

}  // namespace mixtura
