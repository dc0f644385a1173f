//! A checkpoint, as `duebell_chain` signs it; and what else audit-sink gives as
//! evidence.

use super::{hash, reference};
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Signed over where all chains end. `signature` covers every other member; see docs/audit.md. Members may be added, and are covered as well.",
        "required": [
            "format", "number", "made_at", "chains", "root", "previous_hash", "key_id", "signature",
        ],
        "properties": {
            "format": { "type": "string", "const": "duebell-audit-checkpoint/1", "description": "What it is." },
            "number": { "type": "integer", "format": "int64", "minimum": 1, "description": "Its number, without gaps." },
            "made_at": { "type": "string", "format": "date-time", "description": "When it was made." },
            "chains": { "type": "integer", "format": "int64", "minimum": 1, "description": "How many chains it covers." },
            "root": hash("The root of the Merkle tree over the chains' ends (RFC 9162, section 2.1)."),
            "previous_hash": hash("The SHA-256 of what the checkpoint before signed; 64 zeros in the first."),
            "key_id": { "type": "string", "pattern": "^[0-9A-Za-z_-]{43}$", "description": "Whose signature it is: the key's thumbprint (RFC 7638)." },
            "signature": { "type": "string", "pattern": "^[0-9A-Za-z_-]{86}$", "description": "Ed25519 over the canonical form (RFC 8785) of the other members, in base64url." },
        },
    })
}

/// A line of an export.
pub(super) fn line() -> Value {
    let line = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    json!({
        "description": "A line of an export: an entry, or one of the two that come after all entries.",
        "anyOf": [
            reference("AuditEntry"),
            line(&["head"], json!({ "head": reference("AuditHead") })),
            line(&["checkpoint", "proof"], json!({
                "checkpoint": reference("Checkpoint"),
                "proof": reference("Inclusion"),
            })),
            line(&["checkpoint"], json!({ "checkpoint": { "type": "null" } })),
        ],
    })
}

/// What shows that a checkpoint covers a chain.
pub(super) fn inclusion() -> Value {
    json!({
        "type": "object",
        "description": "What shows that a checkpoint covers a chain (RFC 9162, section 2.1.3).",
        "required": ["chain_id", "number", "hash", "position", "path"],
        "properties": {
            "chain_id": super::audit_head::chain_id(&json!("string"), "The chain."),
            "number": { "type": "integer", "format": "int64", "minimum": 1, "description": "How many entries it had." },
            "hash": hash("The hash of the last of them."),
            "position": { "type": "integer", "format": "int64", "minimum": 0, "description": "Which leaf it is, from 0." },
            "path": { "type": "array", "maxItems": 64, "items": hash("A hash beside the way to the root."), "description": "From below." },
        },
    })
}
