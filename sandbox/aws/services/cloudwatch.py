"""CloudWatch: metric alarms and dashboards."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.services.served import Served
from sandbox.aws.services.wire import Values, arn, given, mapped, pairs, retag, told

_FIELDS = {
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "alarmDescription": "AlarmDescription",
    "comparisonOperator": "ComparisonOperator",
    "datapointsToAlarm": "DatapointsToAlarm",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    "evaluationPeriods": "EvaluationPeriods",
    "extendedStatistic": "ExtendedStatistic",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "name": "AlarmName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "thresholdMetricId": "ThresholdMetricId",
    "treatMissingData": "TreatMissingData",
    "unit": "Unit",
}


def _cloudwatch(call: Call) -> Any:
    return call.client("cloudwatch")


def _alarm(call: Call, id: str) -> str:
    return arn(call, "cloudwatch", f"alarm:{id}")


def _put(call: Call, inputs: Values) -> None:
    sent = {name: value for name, value in given(inputs, _FIELDS).items() if value != ""}
    if inputs.get("dimensions"):
        sent["Dimensions"] = _dimensions(inputs["dimensions"])
    if inputs.get("metricQueries"):
        sent["Metrics"] = [_query(query) for query in inputs["metricQueries"]]
    if "Threshold" not in sent and "ThresholdMetricId" not in sent:
        sent["Threshold"] = 0.0
    _cloudwatch(call).put_metric_alarm(**sent, Tags=pairs(inputs.get("tags")))


def _dimensions(values: Values) -> list[Values]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _query(query: Values) -> Values:
    fields = {"accountId": "AccountId", "expression": "Expression", "id": "Id", "label": "Label", "period": "Period"}
    sent = {name: value for name, value in given(query, fields).items() if value}
    if metric := query.get("metric"):
        named = {"Namespace": metric.get("namespace") or None, "MetricName": metric["metricName"]}
        named["Dimensions"] = _dimensions(metric.get("dimensions") or {})
        stat = {"Metric": {key: value for key, value in named.items() if value}, "Period": metric["period"]}
        stat |= {"Stat": metric["stat"], **({"Unit": metric["unit"]} if metric.get("unit") else {})}
        sent["MetricStat"] = stat
    return {**sent, "ReturnData": query.get("returnData") is True}


def _make(call: Call, inputs: Values) -> str:
    _put(call, inputs)
    return str(inputs["name"])


def _look(call: Call, id: str, state: Values) -> Values | None:
    alarms = _cloudwatch(call).describe_alarms(AlarmNames=[id], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not alarms:
        return None
    alarm = alarms[0]
    dimensions = {item["Name"]: item["Value"] for item in alarm.get("Dimensions") or ()}
    found = {**told(alarm, _FIELDS), "arn": alarm["AlarmArn"], "dimensions": dimensions or None}
    # The cloud fills in a period and a statistic where a percentile or an expression stands in their place.
    if found["extendedStatistic"] or not found["metricName"]:
        found["statistic"] = None
    if not found["metricName"]:
        found["period"] = None
    tags = _cloudwatch(call).list_tags_for_resource(ResourceARN=_alarm(call, id))["Tags"]
    return {**found, "tags": mapped(tags)}


def _change(call: Call, id: str, old: Values, new: Values) -> None:
    cloudwatch = _cloudwatch(call)
    _put(call, {**new, "name": id, "tags": None})
    retag(
        mapped(cloudwatch.list_tags_for_resource(ResourceARN=_alarm(call, id))["Tags"]),
        new.get("tags"),
        lambda tags: cloudwatch.tag_resource(ResourceARN=_alarm(call, id), Tags=pairs(tags)),
        lambda names: cloudwatch.untag_resource(ResourceARN=_alarm(call, id), TagKeys=names),
    )


def _remove(call: Call, id: str, state: Values) -> None:
    _cloudwatch(call).delete_alarms(AlarmNames=[id])


# -- dashboards


def _make_dashboard(call: Call, inputs: Values) -> str:
    _cloudwatch(call).put_dashboard(DashboardName=inputs["dashboardName"], DashboardBody=inputs["dashboardBody"])
    return str(inputs["dashboardName"])


def _look_dashboard(call: Call, id: str, state: Values) -> Values:
    found = _cloudwatch(call).get_dashboard(DashboardName=id)
    return {"dashboardArn": found["DashboardArn"], "dashboardBody": found["DashboardBody"], "dashboardName": id}


def _change_dashboard(call: Call, id: str, old: Values, new: Values) -> None:
    _make_dashboard(call, {**new, "dashboardName": id})


def _remove_dashboard(call: Call, id: str, state: Values) -> None:
    _cloudwatch(call).delete_dashboards(DashboardNames=[id])


TYPES = [
    Served("aws:cloudwatch/metricAlarm:MetricAlarm", _make, _look, _remove, _change),
    Served(
        "aws:cloudwatch/dashboard:Dashboard", _make_dashboard, _look_dashboard, _remove_dashboard, _change_dashboard
    ),
]
