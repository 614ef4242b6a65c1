"""What both programs of jaxhep start from."""

import numpy as np

import jaxhep


def read(data):
    """The exported arrays as a ``jaxhep.Model``."""
    processes = tuple(f"process_{p}" for p in range(len(data["nominal"])))
    templates = jaxhep.Templates(
        nominal=data["nominal"],
        up=data["up"],
        down=data["down"],
        mc_error=data["mc_error"],
        processes=processes,
        signal=tuple(name for name, on in zip(processes, data["signal"], strict=True) if on),
        systematics=tuple(f"syst_{k}" for k in range(data["up"].shape[1])),
        edges=np.linspace(0, 1, data["nominal"].shape[1] + 1),
    )
    return jaxhep.make_model(templates)
