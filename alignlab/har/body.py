"""A body of 20 joints that follows target positions: two-bone inverse kinematics.

The axes are those of the camera: x to the right of the subject, y up, z away from the camera. The
subject faces the camera, so forward is -z. Metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

UP, FORWARD = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0])
REACH = 0.995
"""Arms and legs are extended at most to this share of their length, so that joints stay bent."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """Lengths in metres: half the width of shoulders and hips, then bones."""

    shoulder: float = 0.18
    hip: float = 0.09
    trunk: float = 0.5
    neck: float = 0.22
    upper_arm: float = 0.28
    forearm: float = 0.25
    hand: float = 0.08
    thigh: float = 0.43
    shin: float = 0.4
    foot: float = 0.1

    @property
    def arm(self) -> float:
        return self.upper_arm + self.forearm

    @property
    def leg(self) -> float:
        return self.thigh + self.shin


@dataclass(frozen=True, kw_only=True, eq=False)
class Pose:
    """The target pose of the body at T times.

    hips : (T, 3) position of the hip centre, in metres relative to standing.
    lean, twist : (T,) of the trunk, radians, forward and to the left.
    right, left : (T, 3) hands relative to the shoulder: sideways, up, forward, in arm lengths.
    right_foot, left_foot : (T, 3) ankles relative to standing, x, y, z in metres.
    swivel : outward rotation of the elbows from hanging, in radians.
    """

    hips: np.ndarray
    lean: np.ndarray
    twist: np.ndarray
    right: np.ndarray
    left: np.ndarray
    right_foot: np.ndarray
    left_foot: np.ndarray
    swivel: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Moving:
    """joints : (T, 20, 3) metres from the standing hip centre; forearm, thigh : frames (T, 3, 3) of
    the right limbs, columns along the bone, along the joint axis, and orthogonal to both.
    """

    joints: np.ndarray
    forearm: np.ndarray
    thigh: np.ndarray


def move(build: Build, pose: Pose) -> Moving:
    """The joints of a body in a pose."""
    trunk = _trunk(pose.lean, pose.twist)
    hips = pose.hips
    joints = np.empty((len(hips), 20, 3))
    joints[:, 3] = hips
    joints[:, 2] = hips + 0.15 * build.trunk * trunk[:, :, 1]
    joints[:, 1] = hips + build.trunk * trunk[:, :, 1]
    joints[:, 0] = joints[:, 1] + build.neck * trunk[:, :, 1]
    frames = {}
    for side, sign, hand, at in (("left", -1.0, pose.left, 4), ("right", 1.0, pose.right, 8)):
        shoulder = joints[:, 1] + trunk @ np.array([sign * build.shoulder, -0.1, 0.0])
        target = np.einsum("tij,tj->ti", trunk, hand * [sign, 1.0, -1.0]) * build.arm
        # elbows hang down and back, turned outwards
        out = np.array([sign * np.sin(pose.swivel), -np.cos(pose.swivel), 0.35])
        elbow, wrist, frame = _reach(
            shoulder, target, trunk @ out, build.upper_arm, build.forearm, second=True
        )
        joints[:, at], joints[:, at + 1], joints[:, at + 2] = shoulder, elbow, wrist
        joints[:, at + 3] = wrist + build.hand * frame[:, :, 0]
        frames[side] = frame
    for side, sign, foot, at in (("l", -1.0, pose.left_foot, 12), ("r", 1.0, pose.right_foot, 16)):
        hip = hips + np.array([sign * build.hip, -0.06, 0.0])
        ground = np.array([sign * build.hip, -0.06 - REACH * build.leg, 0.0]) + foot
        knee, ankle, frame = _reach(
            hip, ground - hip, np.broadcast_to(FORWARD, hip.shape), build.thigh, build.shin
        )
        joints[:, at], joints[:, at + 1], joints[:, at + 2] = hip, knee, ankle
        joints[:, at + 3] = ankle + build.foot * FORWARD - [0.0, 0.06, 0.0]
        frames[side] = frame
    return Moving(joints=joints, forearm=frames["right"], thigh=frames["r"])


def _trunk(lean: np.ndarray, twist: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3): lean forward about x, then twist to the left about y."""
    zero, one = np.zeros_like(lean), np.ones_like(lean)
    c, s = np.cos(-lean), np.sin(-lean)
    about_x = np.stack([one, zero, zero, zero, c, -s, zero, s, c], axis=-1).reshape(-1, 3, 3)
    c, s = np.cos(twist), np.sin(twist)
    about_y = np.stack([c, zero, s, zero, one, zero, -s, zero, c], axis=-1).reshape(-1, 3, 3)
    return about_y @ about_x


def _reach(
    root: np.ndarray,
    target: np.ndarray,
    pole: np.ndarray,
    first: float,
    second_length: float,
    *,
    second: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middle joint, end and the frame of the first bone (or the second) of two bones.

    root (T, 3), target (T, 3) from the root, pole (T, 3) the direction in which the joint bends.
    """
    distance = np.linalg.norm(target, axis=1, keepdims=True)
    along = target / distance
    least = 1.05 * abs(first - second_length) + 0.1 * first
    distance = np.clip(distance, least, REACH * (first + second_length))
    share = (first**2 - second_length**2 + distance**2) / (2 * distance)
    height = np.sqrt(np.maximum(first**2 - share**2, 0.0))
    side = pole - (pole * along).sum(axis=1, keepdims=True) * along
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    middle = root + share * along + height * side
    end = root + distance * along
    axis = np.cross(along, side)
    bone = (end - middle) / second_length if second else (middle - root) / first
    return middle, end, np.stack([bone, axis, np.cross(bone, axis)], axis=-1)
