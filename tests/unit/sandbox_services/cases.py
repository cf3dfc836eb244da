"""One or more resources per served type, and what is known of their ends."""

from __future__ import annotations

from tests.unit.sandbox_services import cases_code, cases_data, cases_rest

CASES = [*cases_code.CASES, *cases_data.CASES, *cases_rest.CASES]

STAYS = {
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "every bucket encrypts",
    "aws:s3/bucketVersioning:BucketVersioning": "versioning can be suspended, not undone",
    "aws:secretsmanager/secretVersion:SecretVersion": "the current version of a secret cannot be taken away",
}
"""Types that read as present after their deletion, and why."""
