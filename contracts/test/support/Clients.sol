// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IOnchainClient, ResultStatus} from "../../src/interfaces/IOnchainClient.sol";
import {Ending, IOnchainJobs, Input, Order} from "../../src/interfaces/IOnchainJobs.sol";
import {Deal, DealStatus} from "../../src/interfaces/Types.sol";

/// @notice A client that notes what it is told, and misbehaves as a test wants.
contract TestClient is IOnchainClient {
    enum Mood {
        Fine,
        Reverts,
        BurnsGas,
        ReturnsMuch,
        Reenters,
        AsksAgain
    }

    IOnchainJobs private immutable JOBS;
    Mood private _mood;
    bytes private _reentry;

    uint256 public calls;
    bytes32 public lastId;
    ResultStatus public lastStatus;
    DealStatus public lastEnding;
    uint256 public lastAmount;
    uint256 public lastGas;
    bytes public lastCid;
    bytes public lastData;
    bytes4 public lastError;
    bool public reentered;

    constructor(IOnchainJobs jobs) {
        JOBS = jobs;
    }

    receive() external payable {}

    function ask(Order calldata order, Input[] calldata inputs) external payable returns (bytes32) {
        return JOBS.request{value: msg.value}(order, inputs);
    }

    function giveUp(Order calldata order) external {
        JOBS.refund(order);
    }

    function setMood(Mood mood) external {
        _mood = mood;
    }

    function setReentry(bytes calldata call) external {
        (_mood, _reentry) = (Mood.Reenters, call);
    }

    function onResult(bytes32 id, ResultStatus status, bytes calldata cid, bytes calldata data) external {
        lastGas = gasleft();
        (lastId, lastStatus, lastCid, lastData) = (id, status, cid, data);
        _behave();
    }

    function onRefund(bytes32 id, DealStatus ending, uint256 amount) external {
        (lastId, lastEnding, lastAmount) = (id, ending, amount);
        _behave();
    }

    function _behave() private {
        ++calls;
        if (_mood == Mood.Reverts) revert("no");
        if (_mood == Mood.BurnsGas) while (true) {}
        if (_mood == Mood.ReturnsMuch) {
            assembly {
                return(0, 100000)
            }
        }
        if (_mood != Mood.Reenters) return;
        bytes memory answer;
        (reentered, answer) = address(JOBS).call(_reentry);
        lastError = bytes4(answer);
    }
}

/// @notice An account with code that is no client at all.
contract Deaf {
    function ask(IOnchainJobs jobs, Order calldata order) external payable returns (bytes32) {
        return jobs.request{value: msg.value}(order, new Input[](0));
    }
}
