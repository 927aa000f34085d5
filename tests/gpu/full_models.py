"""Stable Diffusion XL and FLUX.2 klein in their full size with random weights: speed and memory are those of the real ones.

The numbers of layers and widths are those that the makers publish; the counts of parameters are printed with the figures, to be
held against theirs. What is drawn is noise. The vocabularies are those of the tiny models.
"""

from __future__ import annotations

from pathlib import Path

import tiny_models
import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, Qwen3Config, Qwen3ForCausalLM

CLIP_TOKENS = 77
QWEN_WORDS = 151_936


def stable_diffusion_xl(folder, device, dtype=torch.float16):
    """Write SDXL (7 GB in half precision) and return its folder."""
    tokenizers = [tiny_models.clip_tokenizer(Path(folder) / name, CLIP_TOKENS) for name in ("tokenizer", "tokenizer_2")]
    with _made_on(device, dtype):
        pipe = StableDiffusionXLPipeline(
            vae=AutoencoderKL(**_HALVINGS, layers_per_block=2, latent_channels=4, sample_size=1024, scaling_factor=0.13025),
            text_encoder=CLIPTextModel(_clip(768, 12, 12, "quick_gelu")),
            text_encoder_2=CLIPTextModelWithProjection(_clip(1280, 20, 32, "gelu")),
            tokenizer=tokenizers[0],
            tokenizer_2=tokenizers[1],
            unet=UNet2DConditionModel(**_XL),
            scheduler=EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1),
            add_watermarker=False,
        )
    return _saved(pipe, folder)


def klein(folder, device, dtype=torch.bfloat16):
    """Write FLUX.2 klein 4B (16 GB in half precision) and return its folder."""
    tokenizer = tiny_models.qwen_tokenizer(Path(folder) / "tokenizer")
    with _made_on(device, dtype):
        pipe = Flux2KleinPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
            vae=AutoencoderKLFlux2(),
            text_encoder=Qwen3ForCausalLM(_qwen(tokenizer)),
            tokenizer=tokenizer,
            transformer=Flux2Transformer2DModel(**_KLEIN),
            is_distilled=True,
        )
    return _saved(pipe, folder)


_HALVINGS = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
}
_XL = {
    "sample_size": 128,
    "in_channels": 4,
    "out_channels": 4,
    "layers_per_block": 2,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
_KLEIN = {
    "patch_size": 1,
    "in_channels": 128,
    "num_layers": 5,
    "num_single_layers": 20,
    "attention_head_dim": 128,
    "num_attention_heads": 24,
    "joint_attention_dim": 7680,
    "timestep_guidance_channels": 256,
    "mlp_ratio": 3.0,
    "axes_dims_rope": (32, 32, 32, 32),
    "guidance_embeds": False,
}


def _clip(width, heads, layers, act):
    return CLIPTextConfig(
        **tiny_models.clip_ends(),
        hidden_size=width,
        intermediate_size=4 * width,
        num_attention_heads=heads,
        num_hidden_layers=layers,
        max_position_embeddings=CLIP_TOKENS,
        projection_dim=width,
        hidden_act=act,
    )


def _qwen(tokenizer):
    return Qwen3Config(
        hidden_size=2560,
        intermediate_size=9728,
        num_hidden_layers=36,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=128,
        vocab_size=QWEN_WORDS,
        max_position_embeddings=40960,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )


class _made_on:  # noqa: N801 - reads as a statement
    """Make weights where there is room for them, in the precision they are saved in."""

    def __init__(self, device, dtype):
        self._device, self._dtype = torch.device(device), dtype

    def __enter__(self):
        self._before = torch.get_default_dtype()
        torch.set_default_dtype(self._dtype)
        torch.manual_seed(0)
        self._device.__enter__()

    def __exit__(self, *error):
        self._device.__exit__(*error)
        torch.set_default_dtype(self._before)


def _saved(pipe, folder):
    pipe.save_pretrained(folder)
    return Path(folder)
