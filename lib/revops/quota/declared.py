"""What company.yaml and the notebook's parameters set of the planning desk, as its knobs count it."""

from revops.money import rate_units, to_units
from revops.planning import Quota
from revops.problems import InputError, Problem, nearest, refuse_if_any
from revops.quota.held import Knobs


def check_settings(settings: Quota, decimals: int) -> None:
    """Refuse a step that is no amount above 0, and other amounts that are none, all at once."""
    amounts = {"step": settings.step, **{f"pins.{person}": amount for person, amount in settings.pins.items()}}
    amounts |= {f"tops.{place}.amount": top.amount for place, top in enumerate(settings.tops)}
    amounts |= {f"pay.target.{key}": amount for key, amount in settings.pay.target.items()}
    amounts |= {f"capacity.productivity.{key}": amount for key, amount in settings.capacity.productivity.items()}
    problems, planned = [], settings.decimals(decimals)
    for name, value in amounts.items():
        kept = decimals if name.startswith("pay.") else planned
        least = 1 if name == "step" else 0
        expected = f"an amount {'above 0' if least else 'of 0 or more'} with at most {kept} decimals"
        try:
            is_good = to_units(str(value), kept) >= least
        except (ValueError, OverflowError):
            is_good = False
        if not is_good:
            problems.append(Problem(f"company.yaml, quota.{name}", str(value), expected, "correct the value"))
    refuse_if_any(problems)


def knobs_of(settings: Quota, decimals: int, growth: str = "") -> Knobs:
    """What company.yaml sets, growth replaced where the notebook's parameter names one. `decimals`: the money's."""
    decimals = settings.decimals(decimals)
    try:
        rate = rate_units(growth or settings.growth)
    except (ValueError, OverflowError):
        raise InputError(
            Problem("parameter growth", growth, "a rate as 12% or 0.12", "correct the parameter")
        ) from None
    return Knobs(
        rate,
        rate_units(settings.share_gain),
        rate_units(settings.flat),
        to_units(settings.step, decimals),
        over=(0,) * (len(settings.factors) - 1) + tuple(rate_units(part) for part in settings.over),
        pins={person: to_units(str(amount), decimals) for person, amount in settings.pins.items()},
        locks=frozenset(settings.locks),
    )


def chosen_of(settings: Quota, scenario: str = "") -> str:
    """The scenario to carry out: the notebook's parameter, else company.yaml's; an unknown name is refused."""
    keys = [declared.key for declared in settings.scenarios]
    if scenario and scenario not in keys:
        found, expected = scenario + nearest(scenario, keys), f"one of {', '.join(keys)}"
        raise InputError(Problem("parameter scenario", found, expected, "correct the parameter"))
    return scenario or settings.chosen
