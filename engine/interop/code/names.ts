/** Node ids as Python names. Ids may hold hyphens, be words of the language, or be what a module already calls something of its own. */

const KEYWORDS = 'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case type';
/** What the written script itself uses. */
const SCRIPT_NAMES = 'self torch nn F re sys Model load_weights share NODES x1 x2 model path make_optimizers training_step optimizers gradients losses step';
/** Attributes of torch.nn.Module: a layer of this name would take their place. */
const MODULE_ATTRIBUTES = 'add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training xpu zero_grad T_destination';

export class PythonNames {
  readonly #taken = new Set<string>([KEYWORDS, SCRIPT_NAMES, MODULE_ATTRIBUTES].flatMap((words) => words.split(' ')));

  /** A free identifier as near to `wanted` as there is. */
  take(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_').replace(/^_+$/, 'value').replace(/^__+/, '_');
    let name = base;
    for (let i = 2; this.#taken.has(name); i++) name = `${base}_${i}`;
    this.#taken.add(name);
    return name;
  }
}
