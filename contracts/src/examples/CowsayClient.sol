// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../interfaces/IMarket.sol";
import {IOnchainClient, ResultStatus} from "../interfaces/IOnchainClient.sol";
import {IOnchainJobs, Input, Order, ResultKind} from "../interfaces/IOnchainJobs.sol";
import {DealStatus} from "../interfaces/Types.sol";

/// @title An example of a contract that has jobs run: a cow says what it is told, and the contract keeps the picture.
/// @dev For reading and copying. A real client would also ask who may spend its money.
contract CowsayClient is IOnchainClient {
    IOnchainJobs private immutable JOBS;
    bytes32 private immutable MODULE;

    /// @notice What the cow said, by request.
    mapping(bytes32 id => string) public said;
    /// @notice What came back of a request that did not run, wei.
    mapping(bytes32 id => uint256) public refunded;

    /// @notice The cow has said something.
    event Said(bytes32 indexed id, ResultStatus status, string text);

    error NotJobs(address caller);

    modifier onlyJobs() {
        if (msg.sender != address(JOBS)) revert NotJobs(msg.sender);
        _;
    }

    /// @param module sha-256 digest of the CID of the cowsay module
    constructor(IOnchainJobs jobs, bytes32 module) {
        (JOBS, MODULE) = (jobs, module);
    }

    /// @notice What comes out of the Market comes here.
    receive() external payable {}

    /// @notice Has the cow say something, for at most the value sent.
    /// @dev The gas is enough to keep about 500 bytes; beyond that `onResult` fails, and the job is paid all the same.
    /// @param waitBlocks for a provider
    function say(string calldata message, uint64 waitBlocks) external payable returns (bytes32 id) {
        Order memory order;
        order.module = MODULE;
        // Whoever brings the outcome has its gas paid, and a little more.
        order.reward = uint96(msg.value / 10);
        order.price = uint96(msg.value) - order.reward;
        order.expiry = uint64(block.number) + waitBlocks;
        order.collateralTimes = 10;
        (order.runTime, order.window) = (10 minutes, 10 minutes);
        (order.seats, order.rounds) = (3, 2);
        (order.kind, order.dataLimit, order.callbackGas) = (ResultKind.Stdout, 1_024, 400_000);
        Input[] memory inputs = new Input[](1);
        inputs[0] = Input("Message", message);
        return JOBS.request{value: msg.value}(order, inputs);
    }

    /// @inheritdoc IOnchainClient
    function onResult(bytes32 id, ResultStatus status, bytes calldata, bytes calldata data) external onlyJobs {
        said[id] = string(data);
        emit Said(id, status, string(data));
    }

    /// @inheritdoc IOnchainClient
    function onRefund(bytes32 id, DealStatus, uint256 amount) external onlyJobs {
        refunded[id] = amount;
    }

    /// @notice Takes what the Market holds for this contract, to itself.
    function collect() external {
        IMarket market = IMarket(JOBS.market());
        market.withdraw(address(0), market.balanceOf(address(0), address(this)));
    }
}
