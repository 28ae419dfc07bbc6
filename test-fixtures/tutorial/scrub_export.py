"""Exports any PyTorch model for Scrub, with the outputs of chosen modules under names of their own."""
import onnx
import torch


class Exported(torch.nn.Module):
    def __init__(self, model, places, outputs):
        super().__init__()
        self.model, self.places, self.outputs = model, places, outputs

    def forward(self, *inputs):
        seen = {}
        modules = dict(self.model.named_modules())
        hooks = [modules[path].register_forward_hook(lambda module, given, value, name=name: seen.update({name: value})) for name, path in self.places.items()]
        result = self.model(*inputs)
        for hook in hooks:
            hook.remove()
        return (*self.outputs(result), *(seen[name][0] if isinstance(seen[name], tuple) else seen[name] for name in self.places))


def export(model, example, path, inputs, outputs, places={}, select=lambda result: (result,), opset=17):
    """
    example: the inputs of one datum, each with a batch axis in front; inputs, outputs: their names.
    places: name to be used in hypotheses -> path of a module (`dict(model.named_modules())` lists them).
    select: what of the model's result the outputs are, as a tuple.
    """
    names = [*inputs, *outputs, *places]
    torch.onnx.export(
        Exported(model.eval(), places, select), tuple(example), path, input_names=list(inputs), output_names=[*outputs, *places],
        dynamic_axes={name: {0: "batch"} for name in names}, opset_version=opset,
    )
    # The places stay tensors of the model under their names, but are no outputs of it.
    file = onnx.load(path)
    del file.graph.output[len(outputs):]
    onnx.save(file, path)
