"""A run as JUnit XML, which the pages of CI systems show."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ragkit.evaluation.comparison import Comparison
from ragkit.evaluation.records import Run


def junit_report(run: Run, comparison: Comparison | None, problems: Sequence[str]) -> str:
    """A test case for each measure in each language, failed where the gate says no, and one for errors."""
    suite = Element("testsuite", name="ragkit eval", timestamp=run.made.created.removesuffix("+00:00"))
    left = list(problems)
    for language, scores in run.scores.items():
        for measure, score in scores.items():
            mine = [one for one in left if _is_about(one, measure, language, run)]
            left = [one for one in left if one not in mine]
            said = f"{score.mean:.4f} ({score.low:.4f} to {score.high:.4f}), {score.questions} questions"
            _case(suite, f"ragkit.{language}", measure, mine, said)
    _case(suite, "ragkit", "every question is answered without an error", left, _errors(run))
    failed = sum(case.find("failure") is not None for case in suite)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failed))
    suite.set("errors", "0")
    suite.set("time", f"{sum(question.milliseconds for question in run.questions) / 1000:.3f}")
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _is_about(problem: str, measure: str, language: str, run: Run) -> bool:
    """A limit of a mean is about all languages together."""
    whole = "all" if "all" in run.scores else next(iter(run.scores))
    return problem.startswith(f"{measure} ({language}): ") or (
        problem.startswith(f"{measure} is ") and language == whole
    )


def _errors(run: Run) -> str:
    return "\n".join(f"{question.id}: {question.error}" for question in run.errors)


def _case(suite: Element, class_name: str, name: str, problems: Sequence[str], said: str) -> None:
    case = SubElement(suite, "testcase", classname=class_name, name=name, time="0")
    if problems:
        failure = SubElement(case, "failure", message=_plain("; ".join(problems)))
        failure.text = _plain("\n".join([*problems, said]))
    elif said:
        SubElement(case, "system-out").text = _plain(said)


def _plain(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(char for char in text if char in "\t\n" or char >= " ")
