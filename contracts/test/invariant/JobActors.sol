// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Market} from "../../src/Market.sol";
import {OnchainJobs} from "../../src/OnchainJobs.sol";
import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IMarket} from "../../src/interfaces/IMarket.sol";
import {Ending, IOnchainJobs, Input, Order} from "../../src/interfaces/IOnchainJobs.sol";
import {Deal, DealStatus, Result, Ruling, Verdict} from "../../src/interfaces/Types.sol";
import {DealLib} from "../../src/libraries/DealLib.sol";
import {TestClient} from "../support/Clients.sol";
import {TestBase} from "../support/TestBase.sol";

/// @notice Clients, providers and keepers around OnchainJobs that do whatever the fuzzer says. It is the Court itself, so
///   that every verdict is a call away, and keeps book of what each deal gave back to its creator.
contract JobActors is TestBase {
    uint256 private constant PROVIDER_KEY = 0xB0;
    uint256 private constant CLIENTS = 3;
    uint256 private constant FUNDS = 1_000_000 ether;
    address private constant POOL = address(0x9001);
    address private constant STRANGER = address(0x57A6);
    address private constant KEEPER = address(0x4EE9);
    address private constant MEDIATOR = address(0x3ED);

    /// @dev A request with what became of it.
    struct Job {
        Order order;
        Deal deal;
        uint256 deposit;
        uint256 toCreator; // what its deal gave back
        bytes32 digest; // that its deal ended with
    }

    Market public market;
    OnchainJobs public jobs;
    TestClient[] private _clients;
    Job[] private _jobs;
    mapping(bytes32 what => uint256) public reached;

    /// @dev Not in the constructor: the Market asks its Court something when it is made.
    function open() external {
        market = Market(
            payable(vm.deployCode(
                    "Market.sol:Market",
                    abi.encode(
                        IMarket.MarketParams(address(this), address(0), POOL, 100, 1 days, 7 days, 0, address(0), 0)
                    )
                ))
        );
        jobs = OnchainJobs(vm.deployCode("OnchainJobs.sol:OnchainJobs", abi.encode(market)));
        vm.deal(address(this), 2 * FUNDS);
        market.depositFor{value: FUNDS}(vm.addr(PROVIDER_KEY));
        market.depositFor{value: FUNDS}(STRANGER);
        for (uint256 i = 0; i < CLIENTS; ++i) {
            _clients.push(new TestClient(jobs));
        }
    }

    // --- as the Court

    function longestDispute(uint32) external pure returns (uint256) {
        return 0;
    }

    function params() external pure returns (ICourt.CourtParams memory p) {
        p.cooldown = 1;
    }

    function open(bytes32, uint8) external {}

    // --- what actors do

    function pass(uint256 time, uint256 blocks) external {
        vm.warp(block.timestamp + (time % 16 == 0 ? time % 3 hours : time % 5 minutes));
        vm.roll(block.number + blocks % 8);
    }

    function moods(uint256 who, uint8 mood) external {
        _clients[who % CLIENTS].setMood(TestClient.Mood(mood % 4));
    }

    function ask(uint256 who, uint256 terms) external {
        Order memory order;
        (order.price, order.reward) = (uint96(terms % 5 ether), uint96((terms >> 8) % 0.1 ether));
        (order.expiry, order.ramp) = (uint64(block.number + terms % 30), uint32(terms % 3 == 0 ? terms % 20 : 0));
        (order.collateralTimes, order.seatFee) = (uint16(terms % 20), uint96((terms >> 16) % 0.1 ether));
        (order.runTime, order.window) = (1 hours, 1 hours);
        (order.seats, order.rounds) = (uint8(1 + (terms >> 24) % 7), uint8(1 + (terms >> 32) % 3));
        (order.isChecked, order.callbackGas) = (terms % 2 == 0, 200_000);
        TestClient client = _clients[who % CLIENTS];
        uint256 price = jobs.priceOf(order);
        vm.deal(address(this), price);
        vm.recordLogs();
        client.ask{value: price}(order, new Input[](0));
        _note(price);
        ++reached["ask"];
    }

    function take(uint256 which, uint256 discount) external {
        Job storage job = _pick(which, IOnchainJobs.OrderState.Open);
        Order memory order = job.order;
        Deal memory deal;
        uint256 price = jobs.offered(order) * (4 - discount % 4) / 4;
        (deal.creator, deal.provider) = (address(jobs), vm.addr(PROVIDER_KEY));
        (deal.price, deal.unitPrice) = (uint96(price), DealLib.IF_ACCEPTED);
        (deal.collateral, deal.seatFee) = (uint96(price * order.collateralTimes), order.seatFee);
        (deal.jobs, deal.runTime, deal.window) = (1, order.runTime, order.window);
        (deal.seats, deal.rounds) = (order.seats, order.rounds);
        (deal.jobOffer, deal.spec, deal.validUntil) = (jobs.idOf(order), order.spec, uint64(block.number));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(PROVIDER_KEY, market.hashDeal(deal));
        jobs.take(order, deal, abi.encodePacked(r, s, v));
        job.deal = deal;
        ++reached["take"];
    }

    function submit(uint256 which) external {
        Job storage job = _pick(which, IOnchainJobs.OrderState.Taken);
        Deal memory deal = job.deal;
        vm.prank(deal.provider);
        market.submit(deal, keccak256(abi.encode(_digest(), bytes32(0), deal.provider)));
    }

    function check(uint256 which) external {
        Job storage job = _pick(which, IOnchainJobs.OrderState.Taken);
        vm.prank(KEEPER);
        jobs.check(job.order, job.deal);
        ++reached["check"];
    }

    function challenge(uint256 which) external {
        Job storage job = _pick(which, IOnchainJobs.OrderState.Taken);
        vm.prank(STRANGER);
        market.challenge(job.deal);
    }

    function rule(uint256 which, uint256 verdict, uint256 voters) external {
        _rule(_pickDisputed(which), verdict, voters);
    }

    function _rule(Job storage job, uint256 verdict, uint256 voters) private {
        Ruling memory ruling;
        ruling.verdict = Verdict(1 + verdict % 4);
        ruling.digest = ruling.verdict == Verdict.Correct ? _digest() : keccak256("lilynode.unverifiable");
        if (ruling.verdict == Verdict.Wrong) ruling.digest = keccak256("other");
        ruling.voters = new address[](voters % (job.order.seats + 1));
        for (uint256 i = 0; i < ruling.voters.length; ++i) {
            ruling.voters[i] = MEDIATOR;
        }
        Deal memory deal = job.deal;
        uint256 before = held();
        market.resolve(deal, ruling);
        job.toCreator = held() - before;
        job.digest = ruling.verdict == Verdict.NoVerdict ? bytes32(0) : ruling.digest;
        ++reached[bytes32(uint256(ruling.verdict))];
    }

    /// @notice Takes a request one sensible step on, so that deep states are reached often.
    function advance(uint256 which, uint256 choice) external {
        Job storage job = _jobs[which % _jobs.length];
        (DealStatus status,,) = market.stateOf(market.hashDeal(job.deal));
        if (status == DealStatus.Disputed) return _rule(job, choice, choice >> 8);
        if (status == DealStatus.Committed) {
            vm.prank(job.deal.provider);
            return market.submit(job.deal, keccak256(abi.encode(_digest(), bytes32(0), job.deal.provider)));
        }
        if (status != DealStatus.Submitted) return;
        vm.prank(STRANGER);
        market.challenge(job.deal);
    }

    /// @dev Ends the deal without the contract's knowledge.
    function end(uint256 which) external {
        _exit(_pick(which, IOnchainJobs.OrderState.Taken));
    }

    function deliver(uint256 which, bool isHonest) external {
        Job storage job = _pick(which, which % 2 == 0 ? IOnchainJobs.OrderState.Taken : IOnchainJobs.OrderState.Checked);
        _deliver(job, isHonest);
        ++reached["deliver"];
    }

    function refund(uint256 which, bool isByClient) external {
        Job storage job = _pick(which, IOnchainJobs.OrderState.Open);
        if (isByClient) TestClient(payable(job.order.client)).giveUp(job.order);
        else jobs.refund(job.order);
        ++reached["refund"];
    }

    // --- what the invariants ask

    /// @notice What the contract has in the ledger.
    function held() public view returns (uint256) {
        return market.balanceOf(address(0), address(jobs));
    }

    /// @notice What it should have: of every request that is not over, what was paid and not spent.
    function owed() external view returns (uint256 total) {
        for (uint256 i = 0; i < _jobs.length; ++i) {
            Job storage job = _jobs[i];
            IOnchainJobs.OrderState state = _stateOf(job);
            if (state == IOnchainJobs.OrderState.Unknown) continue;
            total += job.deposit + job.toCreator;
            if (state != IOnchainJobs.OrderState.Open) total -= job.deal.price;
            if (state == IOnchainJobs.OrderState.Checked) total -= _budget(job.order) + job.order.reward;
        }
    }

    /// @notice Brings every request to its end by calls that anyone may make.
    function endAll() external {
        for (uint256 i = 0; i < _jobs.length; ++i) {
            Job storage job = _jobs[i];
            IOnchainJobs.OrderState state = _stateOf(job);
            if (state == IOnchainJobs.OrderState.Unknown) continue;
            vm.roll(job.order.expiry + 1 > block.number ? job.order.expiry + 1 : block.number);
            vm.warp(block.timestamp + 8 days);
            if (state == IOnchainJobs.OrderState.Open) {
                jobs.refund(job.order);
                continue;
            }
            (DealStatus status,,) = market.stateOf(market.hashDeal(job.deal));
            if (status == DealStatus.Disputed) _rule(job, 3, 0);
            else if (uint8(status) < uint8(DealStatus.Disputed)) _exit(job);
            _deliver(job, true);
            ok(_stateOf(job) == IOnchainJobs.OrderState.Unknown, "a request is stuck");
        }
    }

    // --- helpers

    function _deliver(Job storage job, bool isHonest) private {
        Deal memory deal = job.deal;
        Ending memory ending;
        (DealStatus status,,) = market.stateOf(market.hashDeal(deal));
        (ending.result, ending.toCreator, ending.digest) = (_result(), job.toCreator, job.digest);
        if (status == DealStatus.Submitted) ending.digest = _digest();
        if (status == DealStatus.Committed) {
            ending.toCreator = deal.price + (deal.price < deal.collateral ? deal.price : deal.collateral) / 10 / 2;
        }
        if (!isHonest) ending.toCreator += 1 ether;
        vm.prank(KEEPER);
        jobs.deliver(job.order, deal, ending);
        job.toCreator = 0;
    }

    function _exit(Job storage job) private {
        Deal memory deal = job.deal;
        uint256 before = held();
        (DealStatus status,,) = market.stateOf(market.hashDeal(deal));
        if (status == DealStatus.Committed) market.timeout(deal);
        else market.settle(deal);
        job.toCreator = held() - before;
    }

    /// @dev The order as the contract filled it in: from its event, which has two indexed arguments.
    function _note(uint256 deposit) private {
        Job storage job = _jobs.push();
        (Order memory order,) = abi.decode(_lastData(), (Order, Input[]));
        (job.order, job.deposit) = (order, deposit);
    }

    function _lastData() private returns (bytes memory) {
        return vm.getRecordedLogs()[1].data; // after the deposit's
    }

    function _budget(Order memory order) private pure returns (uint256) {
        return uint256(order.seatFee) * DealLib.seatsOf(order.seats, order.rounds);
    }

    function _result() private pure returns (Result memory) {
        return Result(keccak256("result"), 0, 1);
    }

    function _digest() private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("result"), uint8(0), uint64(1)));
    }

    function _stateOf(Job storage job) private view returns (IOnchainJobs.OrderState state) {
        (state,) = jobs.stateOf(jobs.idOf(job.order));
    }

    function _pickDisputed(uint256 which) private view returns (Job storage) {
        uint256 length = _jobs.length;
        for (uint256 i = 0; i < length; ++i) {
            Job storage job = _jobs[(which + i) % length];
            (DealStatus status,,) = market.stateOf(market.hashDeal(job.deal));
            if (status == DealStatus.Disputed) return job;
        }
        return _jobs[which % length];
    }

    /// @dev Mostly a request in that state, else whichever.
    function _pick(uint256 which, IOnchainJobs.OrderState state) private view returns (Job storage) {
        uint256 length = _jobs.length;
        for (uint256 i = 0; i < length && which % 8 != 0; ++i) {
            Job storage job = _jobs[(which + i) % length];
            if (_stateOf(job) == state) return job;
        }
        return _jobs[which % length];
    }
}
