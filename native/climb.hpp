// EM from several starts, each to where its stopping rule ends it: for so few rows that a pass takes
// less time than all that is around it in Python. Runs are shared out among threads, and each is the
// same on any.
//
// A run to which something unusual happens, a component that collapses or a mean that moves very far,
// is left as it was before: the ordinary loop (em/loop.py) takes it from its last moments.
#pragma once

#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "constants.hpp"
#include "dispatch.hpp"
#include "maximize.hpp"
#include "parallel.hpp"

namespace mixtura {

enum class Outcome : int { running, converged, max_iter };

// See em/stopping.py.
struct Stopping {
    double tol;
    std::int64_t max_iter, span;
    double previous_bound;
    bool aitken;

    Outcome outcome(const std::vector<double>& bounds) const {
        if (std::abs(aitken ? left_to_gain(bounds) : change(bounds)) < tol) return Outcome::converged;
        return std::int64_t(bounds.size()) >= max_iter ? Outcome::max_iter : Outcome::running;
    }

private:
    double change(const std::vector<double>& bounds) const {
        const std::int64_t before = std::int64_t(bounds.size()) - 1 - span;
        return bounds.back() - (before >= 0 ? bounds[before] : previous_bound);
    }

    static double left_to_gain(const std::vector<double>& bounds) {
        const double infinity = std::numeric_limits<double>::infinity();
        if (bounds.size() < 3) return infinity;
        const double* last = bounds.data() + bounds.size() - 3;
        const double before = last[1] - last[0], gain = last[2] - last[1];
        if (gain <= 0) return gain;
        return gain < before ? gain * gain / (before - gain) : infinity;
    }
};

// The last moments of a run, about these centres, and the log-likelihood per row at each iteration.
struct Climbed {
    Outcome outcome = Outcome::running;
    std::vector<double> bounds, centres;
    std::optional<OwnSums> moments;  // none where the run has not begun
};

class Climb {
public:
    Climb(const Rows& rows, const Model& model, const Stopping& stopping, WorkerFor worker_for)
        : rows_(rows), model_(model), stopping_(stopping), worker_for_(worker_for) {}

    // `interrupted` is asked in each pass, and ends the run where it says so.
    Climbed from(Parameters mixture, const std::function<bool()>& interrupted) const {
        Climbed run;
        if (model_.sharing == Sharing::spectrum) mixture.axes = upright();
        while (run.outcome == Outcome::running && !interrupted()) {
            OwnSums moments = expect(mixture, interrupted);  // E-step
            const Centred centred(model_, moments, mixture.means);
            if (centred.is_poor()) break;
            run.centres = mixture.means;
            run.bounds.push_back(moments.log_likelihood / centred.total);
            run.outcome = stopping_.outcome(run.bounds);
            const bool goes_on =
                run.outcome == Outcome::running && maximize(model_, centred, mixture);  // M-step
            run.moments = std::move(moments);
            if (!goes_on) break;
        }
        return run;
    }

private:
    OwnSums expect(const Parameters& p, const std::function<bool()>& interrupted) const {
        Mixture mixture{model_.k, model_.d, model_.storage, model_.is_shared(), p.weights.data(),
                        nullptr, p.means.data(), p.factors.data()};
        const std::vector<double> constants = log_constants(mixture);
        mixture.constants = constants.data();
        const Task task{rows_, mixture, {}, model_.need(), p.means.data(), false, {}};
        return run(task, worker_for_(task), 1, interrupted);
    }

    // The features as the axes of all components.
    std::vector<double> upright() const {
        const std::int64_t d = model_.d;
        std::vector<double> axes(model_.k * d * d);
        for (std::int64_t i = 0; i < model_.k * d; ++i) axes[i * d + i % d] = 1;
        return axes;
    }

    const Rows& rows_;
    const Model& model_;
    const Stopping& stopping_;
    WorkerFor worker_for_;
};

// `interrupted` is asked by the calling thread now and then, and ends all runs where it says so.
inline std::vector<Climbed> climb_each(const Climb& climb, std::vector<Parameters>& starts,
                                       int n_threads, const std::function<bool()>& interrupted) {
    std::vector<Climbed> ended(starts.size());
    Crew crew(interrupted);
    std::atomic<std::size_t> next{0};
    crew.work(static_cast<int>(std::min<std::size_t>(n_threads, starts.size())),
              [&](const std::function<bool()>& stopped) {
        for (std::size_t i; !stopped() && (i = next++) < starts.size();)
            ended[i] = climb.from(std::move(starts[i]), stopped);
    });
    return ended;
}

}  // namespace mixtura
