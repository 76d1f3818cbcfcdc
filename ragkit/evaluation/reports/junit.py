"""A run as JUnit XML, which the pages of CI systems show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ragkit.evaluation.comparison import Comparison
from ragkit.evaluation.records import QuestionRecord, Run
from ragkit.evaluation.reports.ranks import counted

_NOT_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(run: Run, comparison: Comparison | None, problems: Sequence[str]) -> str:
    """A test case for each measure in each language, failed where the gate says no, one for each error.

    Valid by the strict schema of Ant's reports, in which a test case that passes is empty: the figures are
    properties of the suite.
    """
    suite = Element("testsuite", name="ragkit eval", id="0", package="ragkit", hostname="localhost")
    suite.set("timestamp", run.made.created[: len("2026-01-01T00:00:00")])
    properties = SubElement(suite, "properties")
    left = list(problems)
    for language, scores in run.scores.items():
        for measure, score in scores.items():
            over = counted(score.questions, "question", "questions")
            said = f"{score.mean:.4f} ({score.low:.4f} to {score.high:.4f}), {over}"
            SubElement(properties, "property", name=_plain(f"{measure} ({language})"), value=said)
            mine = [one for one in left if _is_about(one, measure, language, run)]
            left = [one for one in left if one not in mine]
            _measured(suite, f"ragkit.{language}", measure, [*mine, said] if mine else [])
    _measured(suite, "ragkit", "every question is asked without an error", left)
    for question in run.errors:
        _failed(suite, question)
    notes = comparison.notes if comparison else ()
    return _document(suite, notes, sum(question.milliseconds for question in run.questions) / 1000)


def _is_about(problem: str, measure: str, language: str, run: Run) -> bool:
    """A limit of a mean is about all languages together."""
    whole = "all" if "all" in run.scores else next(iter(run.scores))
    return problem.startswith(f"{measure} ({language}): ") or (
        problem.startswith(f"{measure} is ") and language == whole
    )


def _measured(suite: Element, class_name: str, name: str, problems: Sequence[str]) -> None:
    case = SubElement(suite, "testcase", classname=_plain(class_name), name=name, time="0")
    if problems:
        failure = SubElement(case, "failure", type="gate", message=_plain(problems[0]))
        failure.text = _plain("\n".join(problems))


def _failed(suite: Element, question: QuestionRecord) -> None:
    seconds = f"{question.milliseconds / 1000:.3f}"
    case = SubElement(suite, "testcase", classname="ragkit.questions", name=_plain(question.id), time=seconds)
    error = SubElement(case, "error", type="RagkitError", message=_plain(question.error))
    error.text = _plain(f"{question.question}\n{question.error}")


def _document(suite: Element, notes: Sequence[str], seconds: float) -> str:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("time", f"{seconds:.3f}")
    SubElement(suite, "system-out").text = _plain("\n".join(notes))
    SubElement(suite, "system-err")
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _plain(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)
