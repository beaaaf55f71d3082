// Numbers of about 106 bits: the unevaluated sum of two doubles (Dekker 1971). It must be compiled
// without contraction of its sums and products.
#pragma once

#include <cmath>

namespace mixtura {

struct Twofold {
    double high = 0, low = 0;

    Twofold() = default;
    Twofold(double value) : high(value) {}
    Twofold(double high, double low) : high(high + low), low(low - (this->high - high)) {}
    explicit operator double() const { return high; }
};

inline Twofold operator+(Twofold a, Twofold b) {
    const double sum = a.high + b.high, part = sum - a.high;
    const double lost = (a.high - (sum - part)) + (b.high - part);
    return {sum, lost + (a.low + b.low)};
}

inline Twofold operator-(Twofold a) {
    a.high = -a.high;
    a.low = -a.low;
    return a;
}

inline Twofold operator-(Twofold a, Twofold b) { return a + -b; }

inline Twofold operator*(Twofold a, Twofold b) {
    const double product = a.high * b.high;
    const double lost = std::fma(a.high, b.high, -product);
    return {product, lost + (a.high * b.low + a.low * b.high)};
}

inline Twofold operator/(Twofold a, Twofold b) {
    const double quotient = a.high / b.high;
    return {quotient, (a - b * quotient).high / b.high};
}

inline Twofold sqrt(Twofold a) {
    const double root = std::sqrt(a.high);
    return {root, (a - Twofold(root) * root).high / (2 * root)};
}

}  // namespace mixtura
