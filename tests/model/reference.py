"""The encoder again in float64 NumPy, written from docs/method.md section 2 with loops and erf."""

import math

import numpy as np


def layer_norm(x, scale, bias):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-12) * scale + bias


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def attention(x, mask, kernel, bias):
    """x: [length embed]; kernel: [embed 3 heads head_dim]; gives [length heads*head_dim]."""
    heads, head_dim = kernel.shape[2:]
    mixed = []
    for head in range(heads):
        query, key, value = (x @ kernel[:, i, head] + bias[i, head] for i in range(3))
        scores = query / math.sqrt(head_dim) @ key.T
        scores[:, ~mask] = -np.inf
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        mixed.append(weights / weights.sum(-1, keepdims=True) @ value)
    return np.concatenate(mixed, -1)


def layer(p, x, mask):
    mixed = attention(x, mask, p["attention"]["kernel"], p["attention"]["bias"])
    output = p["attention"]["output"]
    x = layer_norm(x + mixed @ output["kernel"] + output["bias"], **p["attention_norm"])
    inner, outer = p["feed_forward"]["inner"], p["feed_forward"]["outer"]
    expanded = gelu(x @ inner["kernel"] + inner["bias"]) @ outer["kernel"] + outer["bias"]
    return layer_norm(x + expanded, **p["feed_forward_norm"]) * mask[:, None]


def hidden_states(p, ids, mask, layers):
    """p: nested dict of float64 arrays of an all-shared encoder; ids, mask: [length]."""
    embeddings = p["embeddings"]["shared"]
    x = embeddings["token"][ids] + embeddings["position"][: len(ids)]
    states = [layer_norm(x, **embeddings["norm"]) * mask[:, None]]
    for i in range(1, layers + 1):
        states.append(layer(p[f"layer_{i}"]["shared"], states[-1], mask))
    return states


def logits(p, hidden):
    embeddings = p["embeddings"]["shared"]
    return hidden @ embeddings["token"].T + embeddings["output_bias"]
