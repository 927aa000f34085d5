"""Models of the diffusers library with random weights, small enough to be made, saved and loaded in seconds; nothing is fetched.

The autoencoder of the Stable Diffusion models here is set by hand, so that colours go through it unchanged: what such a model
paints over a render at a low strength is the render with noise on it, and its mean colours are the render's. A colour error can
be planted in it, of a known size. The text and the conditions move the picture, though not by anything that a person would name.

Every builder returns the folder it wrote, as ``from_pretrained`` reads it.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    ControlNetModel,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    FluxKontextPipeline,
    FluxTransformer2DModel,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    PreTrainedTokenizerFast,
    Qwen2TokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5EncoderModel,
)

SCALE = 20.0
"""Of the latents of the colour-preserving autoencoder against pixels in -1 to 1: the noise of a scheduler is as much smaller."""
TOKENS = 512
"""That the text encoders of Stable Diffusion read here: a letter is a token, where CLIP's 77 are about a word each."""
_CALM, _LIFT = 100.0, 20.0
# Constant channels that drown the picture in the statistics of a group norm, and a lift under which SiLU is a straight line.


def stable_diffusion(folder, *, shift=(0.0, 0.0, 0.0), black=False, offended=False, width=32, seed=0):
    """Write a Stable Diffusion folder; what it paints is too bright by ``shift`` (sRGB, 0 to 1), or all black.

    Args:
        offended: It has a safety checker that takes offence at every picture.
    """
    with _from(seed):
        pipe = StableDiffusionPipeline(
            vae=colour_autoencoder(shift, black=black),
            text_encoder=CLIPTextModel(_text_config(width)),
            tokenizer=clip_tokenizer(Path(folder) / "tokenizer"),
            unet=_unet(width),
            scheduler=DDIMScheduler(**_BETAS, clip_sample=False, set_alpha_to_one=False, steps_offset=1),
            safety_checker=_offended_checker() if offended else None,
            feature_extractor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=32) if offended else None,
            requires_safety_checker=offended,
        )
    return _saved(pipe, folder)


def stable_diffusion_xl(folder, *, shift=(0.0, 0.0, 0.0), seed=0):
    """Write a Stable Diffusion XL folder."""
    with _from(seed):
        pipe = StableDiffusionXLPipeline(
            vae=colour_autoencoder(shift),
            text_encoder=CLIPTextModel(_text_config(32)),
            text_encoder_2=CLIPTextModelWithProjection(_text_config(32)),
            tokenizer=clip_tokenizer(Path(folder) / "tokenizer"),
            tokenizer_2=clip_tokenizer(Path(folder) / "tokenizer_2"),
            unet=_unet(
                64,  # Both text models side by side.
                addition_embed_type="text_time",
                addition_time_embed_dim=8,
                projection_class_embeddings_input_dim=6 * 8 + 32,
                use_linear_projection=True,
            ),
            scheduler=EulerDiscreteScheduler(**_BETAS, steps_offset=1),
            add_watermarker=False,
        )
    return _saved(pipe, folder)


def controlnet(folder, base, *, seed=1):
    """Write a ControlNet for the model in the folder ``base``. Its outlets are not the zeros of a new one, so it has a say."""
    unet = UNet2DConditionModel.from_pretrained(Path(base) / "unet")
    with _from(seed):
        net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8,))
        for name, weights in net.named_parameters():
            if name.startswith("controlnet_"):
                weights.data = torch.randn_like(weights) * 0.3
    return _saved(net, folder)


def ip_adapter(folder, base, *, seed=2):
    """Write a CLIP IP-Adapter for the model in the folder ``base``, with its image encoder beside it."""
    unet = UNet2DConditionModel.from_pretrained(Path(base) / "unet")
    cross, tokens, width = unet.config.cross_attention_dim, 4, 32
    with _from(seed):
        _saved(CLIPVisionModelWithProjection(_vision_config()), Path(folder) / "image_encoder")
        projection = {"proj": torch.nn.Linear(width, tokens * cross), "norm": torch.nn.LayerNorm(cross)}
        return _saved_adapter(folder, "ip-adapter.safetensors", projection, unet)


def face_id(folder, base, *, seed=3):
    """Write an IP-Adapter FaceID for the model in the folder ``base``: four tokens from an embedding of 512 numbers."""
    unet = UNet2DConditionModel.from_pretrained(Path(base) / "unet")
    cross, tokens = unet.config.cross_attention_dim, 4
    with _from(seed):
        layers = {"proj.0": torch.nn.Linear(512, 1024), "proj.2": torch.nn.Linear(1024, tokens * cross)}
        return _saved_adapter(folder, "ip-adapter-faceid.safetensors", {**layers, "norm": torch.nn.LayerNorm(cross)}, unet)


def klein(folder, *, seed=0):
    """Write a FLUX.2 klein folder, whose transformer and decoder are turned up until the conditions show in the picture."""
    with _from(seed):
        tokenizer = qwen_tokenizer(Path(folder) / "tokenizer")
        pipe = Flux2KleinPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(),
            vae=_loud(AutoencoderKLFlux2(**_FLUX_VAE)),
            text_encoder=Qwen3ForCausalLM(_qwen_config(tokenizer)),
            tokenizer=tokenizer,
            transformer=_loud_transformer(),
            is_distilled=True,
        )
    return _saved(pipe, folder)


def kontext(folder, *, seed=0):
    """Write a FLUX.1 Kontext folder: an editor that is shown one picture and draws one at a time."""
    with _from(seed):
        pipe = FluxKontextPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
            vae=_loud(AutoencoderKL(**_FLUX_VAE, scaling_factor=1.5, shift_factor=0.06)),
            text_encoder=CLIPTextModel(_text_config(32)),
            tokenizer=clip_tokenizer(Path(folder) / "tokenizer"),
            text_encoder_2=T5EncoderModel(T5Config(vocab_size=259, d_model=32, d_kv=8, d_ff=37, num_layers=1, num_heads=4)),
            tokenizer_2=_t5_tokenizer(),
            transformer=_louder(
                FluxTransformer2DModel(
                    patch_size=1,
                    in_channels=16,
                    num_layers=1,
                    num_single_layers=1,
                    attention_head_dim=16,
                    num_attention_heads=2,
                    joint_attention_dim=32,
                    pooled_projection_dim=32,
                    axes_dims_rope=[4, 4, 8],
                    guidance_embeds=True,
                )
            ),
        )
    return _saved(pipe, folder)


def arc2face(folder, *, seed=4):
    """Write the two parts of Arc2Face for a model of ``width`` 768: what paints, and what turns a face into words."""
    with _from(seed):
        _saved(_unet(768), Path(folder) / "arc2face")
        _saved(CLIPTextModel(_text_config(768)), Path(folder) / "encoder")
    return Path(folder)


def colour_autoencoder(shift=(0.0, 0.0, 0.0), *, black=False):
    """Return an autoencoder whose latents are the pixels themselves: red, green, blue, and a fourth that shows nothing."""
    vae = AutoencoderKL(
        block_out_channels=(8,),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=1,
        sample_size=64,
        scaling_factor=SCALE,
        mid_block_add_attention=False,
        use_quant_conv=False,
        use_post_quant_conv=False,
        force_upcast=False,
    ).requires_grad_(False)
    for name, weights in vae.named_parameters():
        if ".conv2." in name:  # The second half of a residual branch: with nothing in it the branch hands its input on.
            weights.zero_()
    for half in (vae.encoder, vae.decoder):
        _carry_colours(half)
    vae.encoder.conv_out.bias[4:] = -30.0  # Logarithm of the variance: nothing is left to chance.
    if black:
        vae.decoder.conv_out.weight.zero_()
        vae.decoder.conv_out.bias.fill_(-1.0)
    else:
        vae.decoder.conv_out.bias += 2 * torch.tensor(shift)
    return vae


def _carry_colours(half):
    """Set the first and last layers of an encoder or a decoder such that three colours pass.

    Eight channels: each colour, and its opposite, so that their mean is 0 whatever the picture; and two large constants, so that
    their deviation is that of the constants to within 1e-4 of it. The norm is then a division by a known number.
    """
    into, norm, out = half.conv_in, half.conv_norm_out, half.conv_out
    for weights in (into.weight, into.bias, out.weight, out.bias, norm.bias):
        weights.zero_()
    for colour in range(3):
        into.weight[colour, colour, 1, 1] = 1.0
        into.weight[colour + 3, colour, 1, 1] = -1.0
        norm.bias[colour] = _LIFT
        out.weight[colour, colour, 1, 1] = 1.0
        out.bias[colour] = -_LIFT
    into.bias[6:] = torch.tensor([_CALM, -_CALM])
    norm.weight.fill_(_CALM / 2)  # sqrt(2 * _CALM**2 / 8)


_BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def _unet(cross, **more):
    """Attention three halvings down: 8 x 8 tokens for a picture of 64 pixels, since the autoencoder makes nothing smaller.

    What it reads of the text and of adapters is turned up; and the kernels of its last layer have no mean, so that it draws
    edges and moves no colour.
    """
    unet = UNet2DConditionModel(
        sample_size=64,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(8, 8, 16, 32),
        down_block_types=("DownBlock2D",) * 3 + ("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",) + ("UpBlock2D",) * 3,
        cross_attention_dim=cross,
        attention_head_dim=8,
        norm_num_groups=4,
        **more,
    ).requires_grad_(False)
    for name, weights in unet.named_parameters():
        if ".attn2.to_out.0.weight" in name or ".attn2.to_v.weight" in name:
            weights *= 30
    unet.conv_out.weight -= unet.conv_out.weight.mean((2, 3), keepdim=True)
    unet.conv_out.bias.zero_()
    return unet


def _text_config(width):
    return CLIPTextConfig(
        **clip_ends(),
        hidden_size=width,
        intermediate_size=64,
        num_attention_heads=4,
        num_hidden_layers=2,
        max_position_embeddings=TOKENS,
        projection_dim=32,
    )


def clip_ends():
    """What a text encoder has to know of the vocabulary of ``clip_tokenizer``: its size, and the numbers of its last words."""
    words = 2 * len(_bytes_as_symbols()) + 3
    return {"vocab_size": words, "bos_token_id": words - 2, "eos_token_id": words - 1, "pad_token_id": words - 1}


def clip_tokenizer(folder, tokens=TOKENS):
    """A CLIP tokenizer that knows single letters, and ``id`` as one word, the one that Arc2Face puts a face in place of."""
    letters = _bytes_as_symbols()
    words = [*letters, *(f"{letter}</w>" for letter in letters), "id</w>", "<|startoftext|>", "<|endoftext|>"]
    ends = {f"{end}_token": "<|endoftext|>" for end in ("eos", "unk", "pad")}
    told = {"tokenizer_class": "CLIPTokenizer", "model_max_length": tokens, "bos_token": "<|startoftext|>", **ends}
    return CLIPTokenizer.from_pretrained(_vocabulary(folder, words, "i d</w>\n", told))


_PAIRS = (
    "Ġt",
    "Ġa",
    "Ġs",
    "Ġp",
    "Ġo",
    "Ġw",
    "Ġf",
    "Ġc",
    "th",
    "he",
    "in",
    "er",
    "an",
    "re",
    "on",
    "at",
    "en",
    "nd",
    "es",
    "or",
    "te",
    "ed",
    "is",
    "al",
    "ar",
    "st",
    "to",
    "nt",
)


def qwen_tokenizer(folder):
    """A tokenizer of Qwen's kind that knows letters and the commonest pairs of them, and how a chat is put.

    The pairs make the longest prompts short enough for the 512 tokens that are read.
    """
    words = [*_bytes_as_symbols(), *_PAIRS, "<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    merges = "".join(f"{pair[0]} {pair[1]}\n" for pair in _PAIRS)
    told = {
        "tokenizer_class": "Qwen2Tokenizer",
        "model_max_length": 512,
        "pad_token": "<|endoftext|>",
        "eos_token": "<|im_end|>",
        "unk_token": None,
        "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
        "chat_template": "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    }
    return Qwen2TokenizerFast.from_pretrained(_vocabulary(folder, words, merges, told))


def _offended_checker():
    config = CLIPConfig(projection_dim=32, vision_config=_vision_config().to_dict())
    checker = StableDiffusionSafetyChecker(config)
    checker.concept_embeds_weights.data.fill_(-2.0)  # Thresholds: every cosine is over them.
    return checker


def _vision_config():
    return CLIPVisionConfig(
        hidden_size=32,
        projection_dim=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=32,
        intermediate_size=37,
        patch_size=8,
    )


def _vocabulary(folder, words, merges, told):
    folder.mkdir(parents=True, exist_ok=True)
    numbered = {word: number for number, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(numbered, ensure_ascii=False), encoding="utf8")
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}", encoding="utf8")
    (folder / "tokenizer_config.json").write_text(json.dumps(told), encoding="utf8")
    return folder


def _bytes_as_symbols():
    """The printable symbols that stand for the 256 bytes in the vocabularies of GPT-2 and its heirs."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(code) for code in kept] + [chr(256 + spare) for spare in range(256 - len(kept))]


def _qwen_config(tokenizer):
    return Qwen3Config(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=28,  # klein reads the 9th, the 18th and the 27th.
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        vocab_size=len(tokenizer),
        max_position_embeddings=512,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )


def _loud_transformer():
    return _louder(
        Flux2Transformer2DModel(
            patch_size=1,
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=48,  # Three layers of the text model.
            timestep_guidance_channels=256,
            axes_dims_rope=[4, 4, 4, 4],
            guidance_embeds=False,
        )
    )


def _louder(transformer):
    """A fresh transformer of this kind hardly reacts to anything: its matrices are drawn again, larger."""
    for weights in transformer.parameters():
        if weights.dim() == 2:
            weights.data = torch.randn_like(weights) * 2 / weights.shape[1] ** 0.5
    return transformer


_FLUX_VAE = {
    "sample_size": 32,
    "block_out_channels": (8,) * 4,
    "layers_per_block": 1,
    "latent_channels": 4,
    "norm_num_groups": 4,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}


def _loud(vae):
    vae.decoder.conv_out.weight.data *= 6
    return vae


def _t5_tokenizer():
    words = Tokenizer(WordLevel({word: i for i, word in enumerate(["<pad>", "</s>", "<unk>", *_bytes_as_symbols()])}, "<unk>"))
    words.pre_tokenizer = Split("", "isolated")
    ends = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=512, **ends)


def _saved_adapter(folder, name, projection, unet):
    """Save the layers that turn an embedding into tokens, and for every cross-attention the two that read the tokens."""
    tensors = {
        f"image_proj.{layer}.{key}": value for layer, part in projection.items() for key, value in part.state_dict().items()
    }
    reading = [module for place, module in unet.named_modules() if place.endswith("attn2")]
    for number, attention in enumerate(reading):
        shape = (attention.to_k.out_features, unet.config.cross_attention_dim)
        for key in ("to_k_ip", "to_v_ip"):
            tensors[f"ip_adapter.{2 * number + 1}.{key}.weight"] = torch.randn(shape) * 0.5
    Path(folder).mkdir(parents=True, exist_ok=True)
    save_file({key: value.detach().contiguous() for key, value in tensors.items()}, str(Path(folder) / name))
    return Path(folder)


def _saved(model, folder):
    model.save_pretrained(folder)
    return Path(folder)


@contextmanager
def _from(seed):
    """Draw weights from a seed, and leave the numbers of others alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
