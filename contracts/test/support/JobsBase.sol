// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {OnchainJobs} from "../../src/OnchainJobs.sol";
import {Ending, IOnchainJobs, Input, Order, ResultKind} from "../../src/interfaces/IOnchainJobs.sol";
import {Deal, Result} from "../../src/interfaces/Types.sol";
import {DealLib} from "../../src/libraries/DealLib.sol";
import {TestClient} from "./Clients.sol";
import {MarketBase} from "./MarketBase.sol";

/// @notice A market with OnchainJobs and a client, and the moves of a request in one line each.
abstract contract JobsBase is MarketBase {
    bytes32 internal constant MODULE = keccak256("module");
    address internal constant KEEPER = address(0x4EE9);
    uint96 internal constant PRICE = 1 ether;
    uint96 internal constant REWARD = 0.01 ether;
    uint32 internal constant CALLBACK_GAS = 300_000;

    OnchainJobs internal jobs;
    TestClient internal client;
    string private directories;

    function setUp() public virtual override {
        super.setUp();
        jobs = OnchainJobs(vm.deployCode("OnchainJobs.sol:OnchainJobs", abi.encode(market)));
        client = new TestClient(jobs);
        directories = vm.readFile("../test/vectors/directory.json");
    }

    // --- a request

    function _order() internal view returns (Order memory order) {
        (order.module, order.price, order.reward) = (MODULE, PRICE, REWARD);
        order.expiry = uint64(block.number + 10);
        (order.collateralTimes, order.seatFee) = (10, 0.01 ether);
        (order.runTime, order.window, order.seats, order.rounds) = (1 hours, 2 hours, 3, 2);
        (order.kind, order.dataLimit, order.callbackGas) = (ResultKind.Stdout, 100, CALLBACK_GAS);
    }

    function _inputs() internal pure returns (Input[] memory inputs) {
        inputs = new Input[](1);
        inputs[0] = Input("Message", "moo");
    }

    /// @notice Asks as the client, and gives the order as it is filled in.
    function _ask(Order memory order) internal returns (Order memory) {
        uint256 price = jobs.priceOf(order);
        vm.deal(address(this), price);
        _nonce++;
        client.ask{value: price}(order, _inputs());
        return _filled(order, address(client));
    }

    uint64 private _nonce;

    function _filled(Order memory order, address by) internal view returns (Order memory) {
        (order.client, order.nonce, order.from) = (by, _nonce, uint64(block.number));
        bytes memory salt = bytes(vm.toString(_nonce));
        bytes memory encoded = abi.encodePacked(
            hex"a5617601",
            hex"6473616c74",
            uint8(0x60 + salt.length),
            salt,
            hex"6566696c6573a0",
            hex"666d6f64756c65d82a58250001701220",
            order.module,
            hex"6676616c756573",
            hex"a1674d657373616765",
            hex"636d6f6f"
        );
        order.spec = sha256(encoded);
        return order;
    }

    // --- its deal

    function _dealOf(Order memory order) internal view returns (Deal memory deal) {
        deal.creator = address(jobs);
        deal.provider = provider;
        (deal.price, deal.unitPrice) = (order.price, DealLib.IF_ACCEPTED);
        deal.collateral = uint96(uint256(order.price) * order.collateralTimes);
        (deal.seatFee, deal.jobs, deal.runTime, deal.window) = (order.seatFee, 1, order.runTime, order.window);
        (deal.seats, deal.rounds) = (order.seats, order.rounds);
        (deal.jobOffer, deal.spec) = (jobs.idOf(order), order.spec);
        deal.module = order.isPublished ? order.module : bytes32(0);
        deal.validUntil = uint64(block.number + 4);
    }

    function _take(Order memory order) internal returns (Deal memory deal) {
        deal = _dealOf(order);
        jobs.take(order, deal, _sign(PROVIDER_KEY, market.hashDeal(deal)));
    }

    /// @notice Asks, takes, hands in; the window is over.
    function _ripe(Order memory asked) internal returns (Order memory order, Deal memory deal) {
        order = _ask(asked);
        deal = _take(order);
        _submit(deal, _resultOf("small"));
        vm.warp(block.timestamp + deal.window + 1);
    }

    // --- its result

    function _resultOf(string memory directory) internal view returns (Result memory) {
        return Result(vm.parseJsonBytes32(directories, string.concat(".", directory, ".root")), 0, 7);
    }

    function _block(string memory directory) internal view returns (bytes memory) {
        return vm.parseJsonBytes(directories, string.concat(".", directory, ".block"));
    }

    function _file(string memory name) internal view returns (bytes memory) {
        return vm.parseJsonBytes(directories, string.concat(".files.", name));
    }

    /// @notice A delivery of the small directory with its standard output.
    function _ending() internal view returns (Ending memory ending) {
        ending.result = _resultOf("small");
        (ending.digest, ending.salt) = (_digest(ending.result), SALT);
        (ending.directory, ending.file) = (_block("small"), _file("stdout"));
    }

    function _deliver(Order memory order, Deal memory deal, Ending memory ending) internal {
        vm.prank(KEEPER);
        jobs.deliver(order, deal, ending);
    }

    // --- expectations

    function _expectState(Order memory order, IOnchainJobs.OrderState expected) internal view {
        (IOnchainJobs.OrderState state,) = jobs.stateOf(jobs.idOf(order));
        eq(uint256(state), uint256(expected), "state of the request");
    }

    /// @notice What the contract holds for others is nothing, once all requests are over.
    function _expectNothingHeld() internal view {
        eq(_free(address(jobs)), 0, "held by the contract");
        eq(address(jobs).balance, 0, "coins of the contract");
    }
}
