: The membrane of a motor axon at 36 degrees with slow inactivation of the persistent sodium
: current and with fast potassium, for NEURON: rate functions of McIntyre, Richardson and Grill
: 2002, and of Roper and Schwarz 1989.

NEURON {
    SUFFIX nervenode
    NONSPECIFIC_CURRENT i
    RANGE gnaf, gnap, gks, gkf, gl, el, recovery, inactivation
}

UNITS {
    (mA) = (milliamp)
    (mV) = (millivolt)
    (S) = (siemens)
}

PARAMETER {
    gnaf = 0 (S/cm2)
    gnap = 0 (S/cm2)
    gks = 0 (S/cm2)
    gkf = 0 (S/cm2)
    gl = 0 (S/cm2)
    el = -90 (mV)
    recovery = 400 (ms)
    inactivation = 0 (/ms)
}

ASSIGNED {
    v (mV)
    i (mA/cm2)
}

STATE { m h p s n slow }

INITIAL {
    m = opening_m(v) / (opening_m(v) + closing_m(v))
    h = opening_h(v) / (opening_h(v) + closing_h(v))
    p = opening_p(v) / (opening_p(v) + closing_p(v))
    s = opening_s(v) / (opening_s(v) + closing_s(v))
    n = opening_n(v) / (opening_n(v) + closing_n(v))
    slow = 1 / (1 + recovery * inactivation * p * p * p)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    i = (gnaf*m*m*m*h + gnap*slow*p*p*p) * (v - 50) + (gks*s + gkf*n*n*n*n) * (v + 90) + gl*(v - el)
}

DERIVATIVE states {
    m' = opening_m(v) * (1 - m) - closing_m(v) * m
    h' = opening_h(v) * (1 - h) - closing_h(v) * h
    p' = opening_p(v) * (1 - p) - closing_p(v) * p
    s' = opening_s(v) * (1 - s) - closing_s(v) * s
    n' = opening_n(v) * (1 - n) - closing_n(v) * n
    slow' = (1 - slow) / recovery - inactivation * p * p * p * slow
}

UNITSOFF

FUNCTION line(v, scale, middle, width) { LOCAL x
    x = (v + middle) / width
    if (fabs(x) < 1e-6) {
        line = scale * width
    } else {
        line = scale * width * x / (1 - exp(-x))
    }
}

FUNCTION opening_m(v) { opening_m = 2.2^1.6 * line(v, 1.86, 21.4, 10.3) }
FUNCTION closing_m(v) { closing_m = 2.2^1.6 * line(-v, 0.086, -25.7, 9.16) }
FUNCTION opening_h(v) { opening_h = 2.9^1.6 * line(-v, 0.062, -114.0, 11.0) }
FUNCTION closing_h(v) { closing_h = 2.9^1.6 * 2.3 / (1 + exp(-(v + 31.8) / 13.4)) }
FUNCTION opening_p(v) { opening_p = 2.2^1.6 * line(v, 0.01, 27.0, 10.2) }
FUNCTION closing_p(v) { closing_p = 2.2^1.6 * line(-v, 0.00025, -34.0, 10.0) }
FUNCTION opening_s(v) { opening_s = 0.3 / (1 + exp(-(v + 53) / 5)) }
FUNCTION closing_s(v) { closing_s = 0.03 / (1 + exp(-(v + 90))) }
FUNCTION opening_n(v) { opening_n = line(v, 0.0462, 83.2, 1.1) }
FUNCTION closing_n(v) { closing_n = line(-v, 0.0824, -66.0, 10.5) }

UNITSON
