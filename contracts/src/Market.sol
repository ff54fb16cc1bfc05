// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ledger} from "./Ledger.sol";
import {ICourt} from "./interfaces/ICourt.sol";
import {IMarket} from "./interfaces/IMarket.sol";
import {IModuleRegistry} from "./interfaces/IModuleRegistry.sol";
import {Deal, DealStatus, Payee, Result, Ruling, Verdict} from "./interfaces/Types.sol";
import {DealLib} from "./libraries/DealLib.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {Sig} from "./libraries/Sig.sol";

/// @title Market
/// @dev One storage word per deal; the terms come as calldata and are proved by their digest.
contract Market is IMarket, Ledger {
    using DealLib for Deal;
    using DealLib for Result;

    /// @dev Kept in one word, by hand: the compiler would load and store it once per field.
    struct State {
        DealStatus status;
        uint40 since; // when it came to this status
        bytes26 commitment; // to the result, while it is blinded; to the outcome, once it has ended
    }

    uint16 private constant MAX_FEE_BPS = 1_000;
    /// @dev Clients keep block numbers in doubles; what they cannot represent would be another deal to them.
    uint64 private constant MAX_BLOCK = 2 ** 53 - 1;

    ICourt private immutable COURT;
    IModuleRegistry private immutable REGISTRY;
    address private immutable POOL;
    uint16 private immutable FEE_BPS;
    uint32 private immutable MAX_RUN_TIME;
    uint32 private immutable MAX_WINDOW;
    uint96 private immutable MIN_SEAT_FEE;
    address private immutable TOKEN;
    uint96 private immutable MIN_TOKEN_SEAT_FEE;
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable DOMAIN;

    mapping(bytes32 id => uint256) private _states; // 8 bits status, 40 since, 208 commitment, from the lowest
    mapping(bytes32 id => address) private _challengers;

    constructor(MarketParams memory p) {
        if (p.court == address(0) || p.pool == address(0) || p.feeBps > MAX_FEE_BPS) revert MarketBadParams();
        // A mediator must not be able to take its stake away before the dispute it sits in has ended.
        if (ICourt(p.court).longestDispute(p.maxRunTime) >= ICourt(p.court).params().cooldown) {
            revert MarketBadParams();
        }
        COURT = ICourt(p.court);
        REGISTRY = IModuleRegistry(p.registry);
        POOL = p.pool;
        FEE_BPS = p.feeBps;
        MAX_RUN_TIME = p.maxRunTime;
        MAX_WINDOW = p.maxWindow;
        MIN_SEAT_FEE = p.minSeatFee;
        TOKEN = p.token;
        MIN_TOKEN_SEAT_FEE = p.minTokenSeatFee;
        CHAIN_ID = block.chainid;
        DOMAIN = DealLib.domain(address(this));
    }

    /// @inheritdoc IMarket
    function commit(Deal calldata deal, bytes calldata creatorSig) external returns (bytes32 id) {
        _expectCaller(deal.provider);
        return _commit(deal, creatorSig);
    }

    /// @inheritdoc IMarket
    function commitSigned(Deal calldata deal, bytes calldata creatorSig, bytes calldata providerSig)
        external
        returns (bytes32 id)
    {
        _expectSignature(deal.provider, deal.id(DOMAIN), providerSig);
        return _commit(deal, creatorSig);
    }

    /// @inheritdoc IMarket
    function commitMany(Deal[] calldata deals, bytes[] calldata creatorSigs) external {
        if (deals.length != creatorSigs.length) revert MarketLengths(deals.length, creatorSigs.length);
        for (uint256 i = 0; i < deals.length; ++i) {
            _expectCaller(deals[i].provider);
            _commit(deals[i], creatorSigs[i]);
        }
    }

    /// @inheritdoc IMarket
    function submit(Deal calldata deal, bytes32 commitment) external {
        _expectCaller(deal.provider);
        (bytes32 id, State memory state) = _expect(deal, _in(DealStatus.Committed));
        _expectBy(id, uint256(state.since) + deal.runTime);
        _save(id, DealStatus.Submitted, bytes26(commitment));
        emit Submitted(id, commitment);
    }

    /// @inheritdoc IMarket
    function accept(Deal calldata deal, Result calldata result) external {
        _expectCaller(deal.creator);
        (bytes32 id,) = _expect(deal, _in(DealStatus.Committed) | _in(DealStatus.Submitted));
        _settle(deal, id, result.digest(), deal.earned(result.used), 0);
    }

    /// @inheritdoc IMarket
    function settleAccepted(Deal calldata deal, Result calldata result, bytes calldata creatorSig) external {
        _settleAccepted(deal, result, creatorSig);
    }

    /// @inheritdoc IMarket
    function settleAcceptedMany(Deal[] calldata deals, Result[] calldata results, bytes[] calldata creatorSigs)
        external
    {
        if (deals.length != results.length) revert MarketLengths(deals.length, results.length);
        if (deals.length != creatorSigs.length) revert MarketLengths(deals.length, creatorSigs.length);
        for (uint256 i = 0; i < deals.length; ++i) {
            _settleAccepted(deals[i], results[i], creatorSigs[i]);
        }
    }

    /// @inheritdoc IMarket
    function settle(Deal calldata deal) external {
        (bytes32 id, State memory state) = _expect(deal, _in(DealStatus.Submitted));
        bool isFlat = deal.unitPrice == 0;
        _expectAfter(id, uint256(state.since) + (isFlat ? deal.window : 2 * uint256(deal.window)));
        _settle(deal, id, bytes32(0), isFlat ? deal.totalPrice() : 0, 0);
    }

    /// @inheritdoc IMarket
    function settleMetered(Deal calldata deal, Result calldata result, bytes32 salt) external {
        (bytes32 id, State memory state) = _expect(deal, _in(DealStatus.Submitted));
        if (deal.unitPrice == 0 || deal.unitPrice == DealLib.IF_ACCEPTED) revert DealNotMetered(id);
        _expectAfter(id, uint256(state.since) + deal.window);
        bytes32 digest = result.digest();
        bytes26 found = bytes26(DealLib.blind(digest, salt, deal.provider));
        if (found != state.commitment) revert DealBadOpening(id, found, state.commitment);
        _settle(deal, id, digest, deal.earned(result.used), 0);
    }

    /// @inheritdoc IMarket
    function timeout(Deal calldata deal) external {
        (bytes32 id, State memory state) = _expect(deal, _in(DealStatus.Committed));
        _expectAfter(id, uint256(state.since) + deal.runTime);
        (uint256 penalty, uint256 toCreator) = Payouts.timedOut(deal.totalPrice(), deal.totalCollateral());
        _end(id, DealStatus.Refunded, bytes32(0), deal.totalPrice() + toCreator);
        _pay(deal, id, deal.creator, Payee.Creator, deal.totalPrice() + toCreator);
        _pay(deal, id, deal.provider, Payee.Provider, deal.totalCollateral() - penalty);
        _pay(deal, id, POOL, Payee.Pool, penalty - toCreator);
        emit Refunded(id, penalty);
    }

    /// @inheritdoc IMarket
    function cancel(Deal calldata deal, bytes calldata creatorSig, bytes calldata providerSig) external {
        (bytes32 id,) = _expect(deal, _in(DealStatus.Committed));
        bytes32 digest = DealLib.cancellation(id, DOMAIN);
        if (msg.sender != deal.creator) _expectSignature(deal.creator, digest, creatorSig);
        if (msg.sender != deal.provider) _expectSignature(deal.provider, digest, providerSig);
        _end(id, DealStatus.Cancelled, bytes32(0), deal.totalPrice());
        _pay(deal, id, deal.creator, Payee.Creator, deal.totalPrice());
        _pay(deal, id, deal.provider, Payee.Provider, deal.totalCollateral());
        emit Cancelled(id);
    }

    /// @inheritdoc IMarket
    function challenge(Deal calldata deal) external {
        (bytes32 id, State memory state) = _expect(deal, _in(DealStatus.Submitted));
        _expectBy(id, uint256(state.since) + deal.window);
        if (msg.sender != deal.creator) {
            // A free challenge would let anybody delay every settlement.
            if (deal.seatFee == 0) revert DealUnfundedChallenge(id);
            _challengers[id] = msg.sender;
        }
        uint256 budget = deal.budget();
        _save(id, DealStatus.Disputed, state.commitment);
        _debit(deal.token, msg.sender, budget);
        emit Challenged(id, msg.sender, budget);
        COURT.open(id, deal.seats);
    }

    /// @inheritdoc IMarket
    function lockDeposit(Deal calldata deal, address account, uint256 amount) external {
        _expectCaller(address(COURT));
        _expect(deal, _in(DealStatus.Disputed));
        _debit(deal.token, account, amount);
    }

    /// @inheritdoc IMarket
    function resolve(Deal calldata deal, Ruling calldata ruling) external {
        _expectCaller(address(COURT));
        (bytes32 id,) = _expect(deal, _in(DealStatus.Disputed));
        for (uint256 i = 0; i < ruling.voters.length; ++i) {
            _pay(deal, id, ruling.voters[i], Payee.Mediator, deal.seatFee);
        }
        if (ruling.verdict == Verdict.Wrong) _slash(deal, id, ruling);
        else if (ruling.verdict == Verdict.NoVerdict) _void(deal, id, ruling);
        else _uphold(deal, id, ruling);
    }

    /// @inheritdoc IMarket
    function hashDeal(Deal calldata deal) external view returns (bytes32) {
        return deal.id(DOMAIN);
    }

    /// @inheritdoc IMarket
    function stateOf(bytes32 id) external view returns (DealStatus status, uint40 since, bytes26 commitment) {
        State memory state = _load(id);
        return (state.status, state.since, state.commitment);
    }

    /// @inheritdoc IMarket
    function challengerOf(bytes32 id) external view returns (address) {
        return _challengers[id];
    }

    /// @inheritdoc IMarket
    function params() external view returns (MarketParams memory) {
        return MarketParams({
            court: address(COURT),
            registry: address(REGISTRY),
            pool: POOL,
            feeBps: FEE_BPS,
            maxRunTime: MAX_RUN_TIME,
            maxWindow: MAX_WINDOW,
            minSeatFee: MIN_SEAT_FEE,
            token: TOKEN,
            minTokenSeatFee: MIN_TOKEN_SEAT_FEE
        });
    }

    /// @inheritdoc IMarket
    function domainSeparator() external view returns (bytes32) {
        return DOMAIN;
    }

    // --- transitions

    function _commit(Deal calldata deal, bytes calldata creatorSig) private returns (bytes32 id) {
        // Ids keep their domain when a chain splits, so that deals on both sides can end; but no new ones begin.
        if (block.chainid != CHAIN_ID) revert DealWrongChain(block.chainid, CHAIN_ID);
        if (block.number > deal.validUntil) revert DealExpired(block.number, deal.validUntil);
        _expectTerms(deal);
        (id,) = _expect(deal, _in(DealStatus.None));
        _expectSignature(deal.creator, id, creatorSig);
        _save(id, DealStatus.Committed, bytes26(0));
        _debit(deal.token, deal.creator, deal.totalPrice());
        _debit(deal.token, deal.provider, deal.totalCollateral());
        emit Committed(id, deal.provider, deal.creator, deal);
    }

    function _settleAccepted(Deal calldata deal, Result calldata result, bytes calldata creatorSig) private {
        (bytes32 id,) = _expect(deal, _in(DealStatus.Committed) | _in(DealStatus.Submitted));
        bytes32 digest = result.digest();
        _expectSignature(deal.creator, DealLib.acceptance(id, digest, DOMAIN), creatorSig);
        _settle(deal, id, digest, deal.earned(result.used), 0);
    }

    /// @param alsoToCreator what it was credited for this end already
    function _settle(Deal calldata deal, bytes32 id, bytes32 digest, uint256 earned, uint256 alsoToCreator) private {
        (address author, uint16 authorBps, bool isPublicGood) = _moduleTerms(deal.module);
        Payouts.Shares memory shares = Payouts.settled(deal.totalPrice(), earned, isPublicGood ? 0 : FEE_BPS, authorBps);
        _end(id, DealStatus.Settled, digest, shares.refund + alsoToCreator);
        _pay(deal, id, deal.provider, Payee.Provider, shares.provider + deal.totalCollateral());
        _pay(deal, id, deal.creator, Payee.Creator, shares.refund);
        _pay(deal, id, POOL, Payee.Pool, shares.fee);
        _pay(deal, id, author, Payee.Author, shares.author);
        emit Settled(id, digest, shares.provider, shares.refund, shares.fee, shares.author);
    }

    function _uphold(Deal calldata deal, bytes32 id, Ruling calldata ruling) private {
        uint256 unspent = deal.budget() - ruling.voters.length * deal.seatFee;
        // The budget paid the seats of all rounds, so the creator's lost deposit goes to who paid the budget.
        uint256 toCreator = _payChallenger(deal, id, unspent + ruling.creatorDeposit);
        _pay(deal, id, deal.provider, Payee.Provider, ruling.providerDeposit);
        _settle(deal, id, ruling.digest, deal.earned(ruling.used), toCreator);
    }

    function _slash(Deal calldata deal, bytes32 id, Ruling calldata ruling) private {
        uint256 price = deal.totalPrice();
        (uint256 compensation, uint256 forfeited, uint256 returned) =
            Payouts.slashed(price, deal.totalCollateral(), ruling.voters.length * deal.seatFee, deal.budget());
        // The collateral paid the seats, so the provider's lost deposit follows the rest of it.
        forfeited += ruling.providerDeposit;
        uint256 toCreator = price + compensation + ruling.creatorDeposit;
        _pay(deal, id, deal.creator, Payee.Creator, toCreator);
        toCreator += _payChallenger(deal, id, returned);
        _pay(deal, id, POOL, Payee.Pool, forfeited);
        _end(id, DealStatus.Slashed, ruling.digest, toCreator);
        emit Slashed(id, ruling.digest, compensation, forfeited);
    }

    function _void(Deal calldata deal, bytes32 id, Ruling calldata ruling) private {
        uint256 unspent = deal.budget() - ruling.voters.length * deal.seatFee;
        uint256 toCreator = deal.totalPrice() + ruling.creatorDeposit;
        _pay(deal, id, deal.creator, Payee.Creator, toCreator);
        _pay(deal, id, deal.provider, Payee.Provider, deal.totalCollateral() + ruling.providerDeposit);
        toCreator += _payChallenger(deal, id, unspent);
        _end(id, DealStatus.Void, bytes32(0), toCreator);
        emit Voided(id);
    }

    /// @dev Crediting calls nobody, so that a status that is saved after it is saved in time.
    function _end(bytes32 id, DealStatus status, bytes32 digest, uint256 toCreator) private {
        _save(id, status, bytes26(DealLib.outcome(digest, toCreator)));
    }

    /// @return toCreator the amount, when the creator is who paid the budget
    function _payChallenger(Deal calldata deal, bytes32 id, uint256 amount) private returns (uint256 toCreator) {
        address challenger = _challengers[id];
        if (challenger == address(0)) (challenger, toCreator) = (deal.creator, amount);
        _pay(deal, id, challenger, Payee.Challenger, amount);
    }

    function _pay(Deal calldata deal, bytes32 id, address account, Payee payee, uint256 amount) private {
        if (amount == 0) return;
        _credit(deal.token, account, amount);
        emit Paid(id, account, payee, amount);
    }

    function _save(bytes32 id, DealStatus status, bytes26 commitment) private {
        _states[id] = uint256(uint208(commitment)) << 48 | uint256(uint40(block.timestamp)) << 8 | uint8(status);
    }

    function _load(bytes32 id) private view returns (State memory) {
        uint256 word = _states[id];
        return State(DealStatus(uint8(word)), uint40(word >> 8), bytes26(uint208(word >> 48)));
    }

    // --- guards

    function _in(DealStatus status) private pure returns (uint256) {
        return 1 << uint8(status);
    }

    /// @dev The only way to a deal's state: computes the id of the terms and refuses a status outside `allowed`.
    function _expect(Deal calldata deal, uint256 allowed) private view returns (bytes32 id, State memory state) {
        id = deal.id(DOMAIN);
        state = _load(id);
        if (_in(state.status) & allowed == 0) revert DealUnexpectedStatus(id, state.status, allowed);
    }

    function _expectCaller(address expected) private view {
        if (msg.sender != expected) revert DealNotParty(msg.sender, expected);
    }

    function _expectSignature(address signer, bytes32 digest, bytes calldata signature) private view {
        if (!Sig.isBy(signer, digest, signature)) revert DealBadSignature(digest, signer);
    }

    function _expectBy(bytes32 id, uint256 time) private view {
        if (block.timestamp > time) revert DealTooLate(id, block.timestamp, time);
    }

    function _expectAfter(bytes32 id, uint256 time) private view {
        if (block.timestamp <= time) revert DealTooEarly(id, block.timestamp, time);
    }

    function _expectTerms(Deal calldata deal) private view {
        if (deal.creator == deal.provider) revert DealSameParties(deal.creator);
        if (deal.jobs == 0) revert DealTerms("jobs", deal.jobs, 1);
        if (deal.runTime == 0 || deal.runTime > MAX_RUN_TIME) revert DealTerms("runTime", deal.runTime, MAX_RUN_TIME);
        if (deal.window == 0 || deal.window > MAX_WINDOW) revert DealTerms("window", deal.window, MAX_WINDOW);
        if (deal.seats == 0 || deal.seats > DealLib.MAX_SEATS) {
            revert DealTerms("seats", deal.seats, DealLib.MAX_SEATS);
        }
        if (deal.rounds == 0 || deal.rounds > DealLib.MAX_ROUNDS) {
            revert DealTerms("rounds", deal.rounds, DealLib.MAX_ROUNDS);
        }
        if (deal.auditBps > Payouts.BPS) revert DealTerms("auditBps", deal.auditBps, Payouts.BPS);
        if (deal.validUntil > MAX_BLOCK) revert DealTerms("validUntil", deal.validUntil, MAX_BLOCK);
        // Who is drawn has to work: for money that the deployment takes for money, and for enough of it.
        bool isNative = deal.token == address(0);
        if (!isNative && deal.token != TOKEN) revert DealTerms("token", uint160(deal.token), uint160(TOKEN));
        uint96 minSeatFee = isNative ? MIN_SEAT_FEE : MIN_TOKEN_SEAT_FEE;
        if (deal.seatFee < minSeatFee) revert DealTerms("seatFee", deal.seatFee, minSeatFee);
        _expectModule(deal.module);
    }

    /// @dev A module that is published after the commit could take a fee that the provider did not agree to.
    function _expectModule(bytes32 module) private view {
        if (module == bytes32(0) || address(REGISTRY) == address(0)) return;
        (address author,,) = REGISTRY.termsOf(module);
        if (author == address(0)) revert DealTerms("module", uint256(module), 0);
    }

    // --- lookups

    function _moduleTerms(bytes32 module) private view returns (address author, uint16 feeBps, bool isPublicGood) {
        if (module != bytes32(0) && address(REGISTRY) != address(0)) return REGISTRY.termsOf(module);
    }
}
