"""IAM: roles, policies, and what ties them together."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.plan.documents import same_policy
from sandbox.aws.services.served import Served
from sandbox.aws.services.transport import as_given
from sandbox.aws.services.wire import Values, changed, document, given, mapped, pairs, retag, stamp

MOST_VERSIONS = 5


def _iam(call: Call) -> Any:
    return call.client("iam")


# -- roles


def _make_role(call: Call, inputs: Values) -> str:
    fields = {
        "name": "RoleName",
        "assumeRolePolicy": "AssumeRolePolicyDocument",
        "description": "Description",
        "maxSessionDuration": "MaxSessionDuration",
        "path": "Path",
        "permissionsBoundary": "PermissionsBoundary",
    }
    _iam(call).create_role(**given(inputs, fields), Tags=pairs(inputs.get("tags")))
    return str(inputs["name"])


def _finish_role(call: Call, id: str, inputs: Values) -> None:
    _bring_policies(call, id, {}, inputs)


def _bring_policies(call: Call, role: str, old: Values, new: Values) -> None:
    """The policies that the role's own inputs name: inline ones by name and document, managed ones by ARN."""
    iam = _iam(call)
    before, after = _inline(old), _inline(new)
    for name in before.keys() - after.keys():
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    for name, policy in after.items():
        if not (name in before and same_policy(before[name], policy)):
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)
    held, wanted = set(old.get("managedPolicyArns") or ()), set(new.get("managedPolicyArns") or ())
    for policy in sorted(held - wanted):
        iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    for policy in sorted(wanted - held):
        iam.attach_role_policy(RoleName=role, PolicyArn=policy)


def _inline(values: Values) -> dict[str, str]:
    return {item["name"]: item["policy"] for item in values.get("inlinePolicies") or () if item.get("name")}


def _look_role(call: Call, id: str, state: Values) -> Values:
    iam = _iam(call)
    role = iam.get_role(RoleName=id)["Role"]
    names = iam.list_role_policies(RoleName=id)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=id)["AttachedPolicies"]
    written = _inline(state)
    return {
        "arn": role["Arn"],
        "assumeRolePolicy": document(role["AssumeRolePolicyDocument"]),
        "createDate": stamp(role["CreateDate"]),
        "description": role.get("Description"),
        "inlinePolicies": [
            {"name": name, "policy": as_given(_document_of(iam, id, name), written.get(name))} for name in sorted(names)
        ],
        "managedPolicyArns": sorted(policy["PolicyArn"] for policy in attached),
        "maxSessionDuration": role.get("MaxSessionDuration"),
        "name": role["RoleName"],
        "path": role["Path"],
        "permissionsBoundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
        "tags": mapped(role.get("Tags")),
        "uniqueId": role["RoleId"],
    }


def _document_of(iam: Any, role: str, name: str) -> str | None:
    return document(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])


def _change_role(call: Call, id: str, old: Values, new: Values) -> None:
    iam = _iam(call)
    if not same_policy(str(old.get("assumeRolePolicy")), new["assumeRolePolicy"]):
        iam.update_assume_role_policy(RoleName=id, PolicyDocument=new["assumeRolePolicy"])
    if changed(old, new, ("description", "maxSessionDuration")):
        hours = new.get("maxSessionDuration") or 3600
        iam.update_role(RoleName=id, Description=new.get("description") or "", MaxSessionDuration=hours)
    if changed(old, new, ["permissionsBoundary"]):
        if new.get("permissionsBoundary"):
            iam.put_role_permissions_boundary(RoleName=id, PermissionsBoundary=new["permissionsBoundary"])
        else:
            iam.delete_role_permissions_boundary(RoleName=id)
    # Left out means "not managed here", so that policies set by other resources stay.
    kept = {name: old.get(name) for name in ("inlinePolicies", "managedPolicyArns") if new.get(name) is None}
    _bring_policies(call, id, old, {**new, **kept})
    retag(
        mapped(iam.list_role_tags(RoleName=id)["Tags"]),
        new.get("tags"),
        lambda tags: iam.tag_role(RoleName=id, Tags=pairs(tags)),
        lambda names: iam.untag_role(RoleName=id, TagKeys=names),
    )


def _remove_role(call: Call, id: str, state: Values) -> None:
    iam = _iam(call)
    force = state.get("forceDetachPolicies") is True
    for policy in iam.list_attached_role_policies(RoleName=id)["AttachedPolicies"]:
        if force or policy["PolicyArn"] in (state.get("managedPolicyArns") or ()):
            iam.detach_role_policy(RoleName=id, PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(RoleName=id)["PolicyNames"]:
        if force or name in _inline(state):
            iam.delete_role_policy(RoleName=id, PolicyName=name)
    iam.delete_role(RoleName=id)


# -- policies of their own


def _make_policy(call: Call, inputs: Values) -> str:
    fields = {"name": "PolicyName", "policy": "PolicyDocument", "path": "Path", "description": "Description"}
    made = _iam(call).create_policy(**given(inputs, fields), Tags=pairs(inputs.get("tags")))
    return str(made["Policy"]["Arn"])


def _look_policy(call: Call, id: str, state: Values) -> Values:
    iam = _iam(call)
    policy = iam.get_policy(PolicyArn=id)["Policy"]
    version = iam.get_policy_version(PolicyArn=id, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {
        "arn": policy["Arn"],
        "attachmentCount": policy.get("AttachmentCount") if not state else None,  # moves with every attachment
        "description": policy.get("Description"),
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "policy": document(version["Document"]),
        "policyId": policy["PolicyId"],
        "tags": mapped(policy.get("Tags") or iam.list_policy_tags(PolicyArn=id)["Tags"]),
    }


def _change_policy(call: Call, id: str, old: Values, new: Values) -> None:
    iam = _iam(call)
    if not same_policy(str(old.get("policy")), new["policy"]):
        versions = _old_versions(iam, id)
        if len(versions) + 1 >= MOST_VERSIONS:
            iam.delete_policy_version(PolicyArn=id, VersionId=versions[0])
        iam.create_policy_version(PolicyArn=id, PolicyDocument=new["policy"], SetAsDefault=True)
    retag(
        mapped(iam.list_policy_tags(PolicyArn=id)["Tags"]),
        new.get("tags"),
        lambda tags: iam.tag_policy(PolicyArn=id, Tags=pairs(tags)),
        lambda names: iam.untag_policy(PolicyArn=id, TagKeys=names),
    )


def _old_versions(iam: Any, id: str) -> list[str]:
    """Ids of all versions but the default one, the oldest first."""
    versions = iam.list_policy_versions(PolicyArn=id)["Versions"]
    return sorted((v["VersionId"] for v in versions if not v["IsDefaultVersion"]), key=lambda text: int(text[1:]))


def _remove_policy(call: Call, id: str, state: Values) -> None:
    iam = _iam(call)
    for version in _old_versions(iam, id):
        iam.delete_policy_version(PolicyArn=id, VersionId=version)
    iam.delete_policy(PolicyArn=id)


# -- inline policies and attachments


def _make_role_policy(call: Call, inputs: Values) -> str:
    _iam(call).put_role_policy(RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"])
    return f"{inputs['role']}:{inputs['name']}"


def _look_role_policy(call: Call, id: str, state: Values) -> Values:
    role, _, name = id.partition(":")
    found = _iam(call).get_role_policy(RoleName=role, PolicyName=name)
    return {"name": name, "policy": document(found["PolicyDocument"]), "role": role}


def _change_role_policy(call: Call, id: str, old: Values, new: Values) -> None:
    role, _, name = id.partition(":")
    _iam(call).put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=new["policy"])


def _remove_role_policy(call: Call, id: str, state: Values) -> None:
    role, _, name = id.partition(":")
    _iam(call).delete_role_policy(RoleName=role, PolicyName=name)


def _attach(call: Call, inputs: Values) -> str:
    _iam(call).attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
    return f"{inputs['role']}/{inputs['policyArn']}"


def _look_attachment(call: Call, id: str, state: Values) -> Values | None:
    role, _, policy = id.partition("/")
    attached = _iam(call).list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    here = any(item["PolicyArn"] == policy for item in attached)
    return {"policyArn": policy, "role": role} if here else None


def _detach(call: Call, id: str, state: Values) -> None:
    role, _, policy = id.partition("/")
    _iam(call).detach_role_policy(RoleName=role, PolicyArn=policy)


TYPES = [
    Served("aws:iam/role:Role", _make_role, _look_role, _remove_role, _change_role, _finish_role),
    Served("aws:iam/policy:Policy", _make_policy, _look_policy, _remove_policy, _change_policy),
    Served(
        "aws:iam/rolePolicy:RolePolicy", _make_role_policy, _look_role_policy, _remove_role_policy, _change_role_policy
    ),
    Served("aws:iam/rolePolicyAttachment:RolePolicyAttachment", _attach, _look_attachment, _detach),
]
