// Tiles of rows that lack as many features: the same ones where a pattern is frequent, else each lane its
// own. Rows come in the order of their patterns, see mixtura/_patterns.py.
#pragma once

#include "tile.hpp"

namespace mixtura::MIXTURA_ISA {

class PatternTiles {
    static constexpr int lanes = Lanes<double>::n;
    static constexpr int rows_to_share = lanes;  // from so many on, a pattern has its own tiles

public:
    PatternTiles(const Patterns& patterns, std::int64_t n_features)
        : p_(patterns),
          d_(n_features),
          features_(uninitialized<std::int64_t>(d_ * tile_rows(d_))) {}

    // How many rows from the first on, before the last, make a tile, and which they are. Of rows with
    // patterns of their own, it has at most most_rows(), asked when it is known how many features they lack.
    template <class MostRows>
    int begin(std::int64_t first, std::int64_t last, std::int64_t* index, const MostRows& most_rows) {
        n_missing_ = size(p_.pattern[first]);
        std::int64_t end = first + 1;
        while (end < last && p_.pattern[end] == p_.pattern[first]) ++end;
        is_common_ = n_missing_ == 0 || end - first >= rows_to_share;
        if (!is_common_) {
            last = std::min<std::int64_t>(last, first + most_rows());
            for (end = first + 1; end < last; ++end)
                if (size(p_.pattern[end]) != n_missing_ || is_frequent_from(end, last)) break;
        }
        const int n = static_cast<int>(end - first);
        n_patterns_ = is_common_ ? 1 : static_cast<int>(round_up(n, lanes) / lanes);
        std::copy_n(p_.order + first, n, index);
        for (int b = 0; b < n_patterns_ * lanes; ++b)
            list_features(p_.pattern[first + std::min(b, n - 1)], b);
        return n;
    }

    std::int64_t n_missing() const { return n_missing_; }

    // Whether all rows lack the same features, and how many vectors of patterns there are: one, if so.
    bool is_common() const { return is_common_; }
    int n_patterns() const { return n_patterns_; }
    int pattern(int vector) const { return is_common_ ? 0 : vector; }

    // The j-th missing feature of each lane of a vector is missing(vector)[j * lanes + lane], and so on
    // for those that are observed.
    const std::int64_t* missing(int vector) const { return features_.get() + pattern(vector) * d_ * lanes; }
    const std::int64_t* observed(int vector) const { return missing(vector) + n_missing_ * lanes; }

private:
    std::int64_t size(std::int64_t pattern) const { return p_.starts[pattern + 1] - p_.starts[pattern]; }

    bool is_frequent_from(std::int64_t row, std::int64_t last) const {
        return p_.pattern[row] != p_.pattern[row - 1] && row + rows_to_share <= last &&
               p_.pattern[row] == p_.pattern[row + rows_to_share - 1];
    }

    void list_features(std::int64_t pattern, int b) {
        const std::int64_t *next = p_.features + p_.starts[pattern], *end = next + n_missing_;
        std::int64_t* missing = features_.get() + b / lanes * d_ * lanes + b % lanes;
        std::int64_t* observed = missing + n_missing_ * lanes;
        for (std::int64_t j = 0; j < d_; ++j) {
            const bool is_missing = next < end && *next == j;
            next += is_missing;
            std::int64_t*& to = is_missing ? missing : observed;
            *to = j;
            to += lanes;
        }
    }

    const Patterns& p_;
    std::int64_t d_, n_missing_ = 0;
    bool is_common_ = true;
    int n_patterns_ = 0;
    Buffer<std::int64_t> features_;
};

}  // namespace mixtura::MIXTURA_ISA
